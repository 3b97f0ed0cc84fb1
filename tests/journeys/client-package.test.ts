// @ticketing/client as others get it: packed, installed in an empty project, and used for a purchase.

import { root } from '@ticketing/common/testing/servers';
import { transform } from 'esbuild';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { startCheckedSystem } from '../system/checked-system.js';
import { done, password, signUp } from '../system/person.js';
import type { System } from '../system/system.js';
import { hasBrowser, visit } from './browser.js';

const modules = join(root, 'node_modules');
const client = join(root, 'client');
const example = readFileSync(join(client, 'src', 'example.ts'), 'utf8');
const unknownCode = `
void placeOrder(createClient({ url }), { id: '', version: 0 }).then((order) => {
  // @ts-expect-error there is no such code
  if (!order.ok && order.error.code === 'ticket-reservd') console.log();
});`;
const bought = 'placed: created\nticket-reserved\npaid: succeeded\n';

let system: System;
let folder: string;
let project: string;
const write = (file: string, text: string) => writeFileSync(join(project, file), text);
async function run(program: string, args: readonly string[], cwd = project): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { cwd }).catch((error) => {
    throw new Error(`${program} ${args.join(' ')}: ${error.stdout}${error.stderr}`);
  });
  return stdout;
}
const node = (...args: readonly string[]) => run(process.execPath, args);

beforeAll(async () => {
  system = await startCheckedSystem();
  folder = mkdtempSync(join(tmpdir(), 'ticketing-package-'));
  project = join(folder, 'project');
  mkdirSync(project);
  write('package.json', '{ "private": true }');
  const packages = [await packClient(), ...(await packDependencies())];
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...packages]);
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Packs a copy, because packing writes to `dist`. Returns the path of the file. */
async function packClient(): Promise<string> {
  const copy = join(folder, 'client');
  mkdirSync(copy);
  for (const file of ['package.json', 'README.md', 'tsconfig.pack.json', 'pack.mjs', 'src'])
    cpSync(join(client, file), join(copy, file), { recursive: true });
  for (const file of ['tsconfig.json', 'LICENSE']) cpSync(join(root, file), join(folder, file));
  symlinkSync(modules, join(folder, 'node_modules'));
  symlinkSync(join(client, 'node_modules'), join(copy, 'node_modules'));
  const file = await run('npm', ['pack', '--silent'], copy);
  rmSync(join(folder, 'node_modules'));
  return join(copy, file.trim());
}

// So that the installation needs no registry.
function packDependencies(): Promise<string[]> {
  const names = ['openapi-fetch', 'openapi-typescript-helpers', '@types/node', 'undici-types'];
  return Promise.all(
    names.map(async (name) => {
      const file = await run('npm', ['pack', '--silent', '--ignore-scripts', join(modules, name)], folder);
      return join(folder, basename(file.trim()));
    }),
  );
}

test.each([
  ['imports', 'esm', 'purchase.mjs'],
  ['requires', 'cjs', 'purchase.cjs'],
] as const)('a program that %s it buys a ticket', async (_how, format, file) => {
  write(file, (await transform(example, { loader: 'ts', format })).code);
  expect(await node(file, system.url('gateway'))).toBe(bought);
});

describe.each([
  ['node16', 'node16', 'mts'],
  ['node16', 'node16', 'cts'],
  ['nodenext', 'nodenext', 'mts'],
  ['nodenext', 'nodenext', 'cts'],
  ['esnext', 'bundler', 'ts'],
])(
  'in TypeScript with the module %s and the resolution %s, a .%s file',
  (module, moduleResolution, ending) => {
    test('compiles the purchase and no error code that the operation does not have, with the types of the package', async () => {
      const file = `use.${ending}`;
      const compilerOptions = {
        strict: true,
        noEmit: true,
        target: 'es2022',
        types: ['node'],
        module,
        moduleResolution,
      };
      write(file, example + unknownCode);
      write('tsconfig.json', JSON.stringify({ compilerOptions, files: [file] }));
      expect(await node(join(client, 'node_modules', 'typescript', 'bin', 'tsc'))).toBe('');
    });
  },
);

// In CI a missing browser fails the test.
const inBrowser = hasBrowser || process.env['CI'] ? test : test.skip;

inBrowser('a page that Vite bundles buys a ticket with the cookie of the browser', async () => {
  const seller = await signUp(system.url('gateway'));
  const { id, version } = await done(seller.createTicket({ title: 'Cup final, row 3', price: '19.99' }), 201);
  write(
    'index.html',
    '<!doctype html><title>Shop</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
  );
  write(
    'page.js',
    `import { createClient, payOrder, placeOrder } from '@ticketing/client';
     const api = createClient({ url: location.origin, retries: 20 });
     const { ticket, email, password } = Object.fromEntries(new URLSearchParams(location.search));
     const user = await api.signUp({ email, password });
     const order = await placeOrder(api, JSON.parse(ticket));
     const payment = await payOrder(api, { orderId: order.data.id, token: 'tok_visa' });
     document.title = [payment.data.status, api.token(), user.data.token].join();`,
  );
  await node(join(modules, 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'error', '--target', 'es2022');

  const there = await visit(system.url('gateway'), '/api/docs/icon.png');
  try {
    const { page } = there;
    await page.route(/\/(index\.html\?.*|assets\/.*)$/, (route) => {
      const { pathname } = new URL(route.request().url());
      return route.fulfill({ path: join(project, 'dist', pathname) });
    });
    const query = { ticket: JSON.stringify({ id, version }), email: `page-${id}@example.com`, password };
    await page.goto(`${system.url('gateway')}/index.html?${new URLSearchParams(query)}`);
    await page.waitForFunction(() => document.title !== 'Shop', undefined, { timeout: 120_000 });
    expect(await page.title()).toBe('succeeded,,');
    expect(there.problems).toEqual([]);
  } finally {
    await there.close();
  }
});

test('the package has two builds with types, the readme and the licence, and no tests', async () => {
  const {
    name,
    version,
    private: isPrivate,
  } = JSON.parse(readFileSync(join(client, 'package.json'), 'utf8'));
  expect([name, version, isPrivate]).toEqual([
    '@ticketing/client',
    expect.stringMatching(/^\d+\.\d+\.\d+$/),
    undefined,
  ]);
  const files = (await run('tar', ['-tzf', join(folder, 'client', `ticketing-client-${version}.tgz`)])).split(
    '\n',
  );
  for (const file of [
    'README.md',
    'LICENSE',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/esm/index.js',
    'dist/esm/index.d.ts',
  ])
    expect(files).toContain(`package/${file}`);
  expect(files.filter((file) => /test|example/.test(file))).toEqual([]);
});
