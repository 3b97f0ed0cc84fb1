// Clients that the generators of others make from docs/api/openapi.json: they compile, and buy a ticket on a real system.

import { root } from '@ticketing/common/testing/servers';
import { build } from 'esbuild';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { startCheckedSystem } from '../system/checked-system.js';
import type { System } from '../system/system.js';
import { here, npmTools, pythonTools, run } from './tools.js';

// The first run installs the programs.
jest.setTimeout(600_000);

const description = join(root, 'docs', 'api', 'openapi.json');
const compilerOptions = {
  strict: true,
  noEmit: true,
  target: 'es2022',
  module: 'esnext',
  moduleResolution: 'bundler',
  lib: ['es2023', 'dom', 'dom.iterable'],
  types: ['node'],
  typeRoots: [join(root, 'node_modules', '@types')],
};
const bought = 'the other buyer: ticket-sold\nthe payment: succeeded\n';

let system: System;
let folder: string;
beforeAll(async () => {
  system = await startCheckedSystem();
});
afterAll(() => system?.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ticketing-generated-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Compiles the purchase in strict TypeScript and runs it. */
async function buyWith(purchase: string): Promise<string> {
  cpSync(join(here, purchase), join(folder, 'purchase.ts'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['purchase.ts'] }));
  const tsc = join(root, 'client', 'node_modules', 'typescript', 'bin', 'tsc');
  expect(await run(process.execPath, [tsc, '--project', folder], folder)).toBe('');
  const outfile = join(folder, 'purchase.mjs');
  await build({
    entryPoints: [join(folder, 'purchase.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
  });
  return run(process.execPath, [outfile], folder, { API: system.url('gateway') });
}

test('the client of orval compiles and buys', async () => {
  const { program } = await npmTools();
  const env = { DESCRIPTION: description, OUTPUT: folder, API: system.url('gateway') };
  await run(program('orval'), ['--config', join(here, 'orval.config.cjs')], folder, env);
  expect(await buyWith('orval.purchase.mts')).toBe(bought);
});

test('the client of @hey-api/openapi-ts compiles and buys', async () => {
  const { program } = await npmTools();
  const args = ['--input', description, '--output', join(folder, 'client'), '--no-log-file'];
  await run(program('openapi-ts'), args, folder);
  expect(await buyWith('hey-api.purchase.mts')).toBe(bought);
});

test('the client of openapi-generator compiles and buys', async () => {
  const bin = await pythonTools('openapi-generator-cli-7.26.0');
  const args = ['generate', '-i', description, '-g', 'typescript-fetch', '-o', join(folder, 'client')];
  const log = await run(
    join(bin, 'python'),
    ['-c', 'from openapi_generator_cli import cli; cli()', ...args],
    folder,
  );
  expect(log).not.toContain(' ERROR ');
  expect(await buyWith('openapi-generator.purchase.mts')).toBe(bought);
});

test('the client of openapi-python-client is complete and buys', async () => {
  const bin = await pythonTools('openapi-python-client-0.29.1');
  const env = { PATH: `${bin}${delimiter}${process.env['PATH']}`, API: system.url('gateway') };
  const generate = ['generate', '--path', description, '--output-path', join(folder, 'client')];
  // With this option a part of the description that the generator does not understand is a failure.
  const strict = ['-m', 'openapi_python_client', ...generate, '--fail-on-warning'];
  await run(join(bin, 'python'), strict, folder, env);
  const purchase = join(here, 'openapi-python-client.purchase.py');
  const python = { ...env, PYTHONPATH: join(folder, 'client'), PYTHONDONTWRITEBYTECODE: '1' };
  expect(await run(join(bin, 'python'), [purchase], folder, python)).toBe(bought);
});
