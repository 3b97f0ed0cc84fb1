// node asyncapi.cjs <asyncapi.json>: prints what AsyncAPI's own parser has to say, one line each.

const { readFileSync } = require('node:fs');
const { Parser } = require(require.resolve('@asyncapi/parser', { paths: [process.cwd()] }));

new Parser()
  .parse(readFileSync(process.argv[2], 'utf8'))
  .then(({ diagnostics }) =>
    diagnostics.forEach(({ path, message }) => process.stdout.write(`${path.join('.')}: ${message}\n`)),
  );
