// Linters of others find nothing to say about the descriptions. Redocly's rules are checked in tools/api-docs.

import { root } from '@ticketing/common/testing/servers';
import { join } from 'node:path';
import { here, npmTools, run } from './tools.js';

// The first run installs the programs.
jest.setTimeout(600_000);

const described = (name: string) => join(root, 'docs', 'api', name);

test.each(['openapi.json', 'asyncapi.json'])('Spectral has no warning about %s', async (name) => {
  const { program } = await npmTools();
  const rules = join(here, 'spectral.yaml');
  const args = ['lint', '--ruleset', rules, '--fail-severity', 'hint', described(name)];
  expect(await run(program('spectral'), args, here)).toContain(
    "No results with a severity of 'hint' or higher found!",
  );
});

test("AsyncAPI's own parser has nothing to say about asyncapi.json", async () => {
  const { folder } = await npmTools();
  const parse = [join(here, 'asyncapi.cjs'), described('asyncapi.json')];
  expect(await run(process.execPath, parse, folder)).toBe('');
});
