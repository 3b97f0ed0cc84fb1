// node client/generate.mjs [--print]: writes or prints src/generated.ts, derived from docs/api/openapi.json. Part of
// `npm run docs:api`. Uses TypeScript 5, because the generator needs its compiler API.

import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const from = new URL('../docs/api/openapi.json', import.meta.url);
const to = new URL('src/generated.ts', import.meta.url);

const document = JSON.parse(readFileSync(from, 'utf8'));

// Types know the codes of each operation.
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
for (const { responses } of [document.components, ...operations])
  for (const { content = {} } of Object.values(responses))
    for (const media of Object.values(content)) media.schema = media['x-narrowSchema'] ?? media.schema;

const types = astToString(await openapiTS(document, { immutable: true }));

const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { operationId, parameters = [], responses }]) => {
    // Written by hand: src/watch.ts.
    if (responses[200]?.content?.['text/event-stream']) return [];
    const names = (place) => parameters.filter((parameter) => parameter.in === place).map(({ name }) => name);
    const route = { method, path, inPath: names('path'), inQuery: names('query'), headers: names('header') };
    return [[operationId, route]];
  }),
);

const text = `// Made from docs/api/openapi.json by \`npm run docs:api\`. Do not edit.

${types}
export const routes = ${JSON.stringify(Object.fromEntries(routes), null, 2)} as const;
`;

if (process.argv.includes('--print')) process.stdout.write(text);
else writeFileSync(to, text);
