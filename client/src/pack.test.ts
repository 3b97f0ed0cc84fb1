// The package as others install it: compiled, with types, without sources.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
let dir: string;
let consumer: string;

// Packs a copy, because packing writes to `dist`.
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ticketing-pack-'));
  const copy = join(dir, 'client');
  for (const file of ['client/package.json', 'client/tsconfig.pack.json', 'client/src', 'tsconfig.json'])
    cpSync(join(root, file), join(dir, file), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  symlinkSync(join(root, 'client', 'node_modules'), join(copy, 'node_modules'));
  execFileSync('npm', ['pack', '--silent'], { cwd: copy });

  consumer = join(dir, 'consumer');
  const installed = join(consumer, 'node_modules', '@ticketing', 'client');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', [
    '-xzf',
    join(copy, 'ticketing-client-1.0.0.tgz'),
    '-C',
    installed,
    '--strip-components=1',
  ]);
  for (const name of ['openapi-fetch', 'openapi-typescript-helpers', '@types', 'undici-types'])
    symlinkSync(join(root, 'node_modules', name), join(consumer, 'node_modules', name));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const run = (file: string, text: string) => {
  writeFileSync(join(consumer, file), text);
  return execFileSync(process.execPath, [file], { cwd: consumer, encoding: 'utf8' });
};
const print = `console.log(typeof createClient({ url: 'http://localhost' }).placeOrder, typeof payOrder)`;

test('the packed client can be imported and required', () => {
  const names = '{ createClient, payOrder }';
  expect(run('esm.mjs', `import ${names} from '@ticketing/client'; ${print}`)).toBe('function function\n');
  expect(run('cjs.cjs', `const ${names} = require('@ticketing/client'); ${print}`)).toBe(
    'function function\n',
  );
});

test('the packed client has types', () => {
  writeFileSync(
    join(consumer, 'use.mts'),
    `import { createClient, placeOrder } from '@ticketing/client';
     const placed = await placeOrder(createClient({ url: '' }), { id: '', version: 0 });
     if (!placed.ok && placed.changed) placed.changed.price satisfies string;
     // @ts-expect-error the version is missing
     await placeOrder(createClient({ url: '' }), { id: '' });`,
  );
  const options = ['--strict', '--noEmit', '--target', 'es2022', '--module', 'nodenext', 'use.mts'];
  const tsc = join(root, 'client', 'node_modules', 'typescript', 'bin', 'tsc');
  expect(execFileSync(process.execPath, [tsc, ...options], { cwd: consumer, encoding: 'utf8' })).toBe('');
});
