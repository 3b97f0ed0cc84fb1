// tools/setup.mjs in a folder of its own, with an npm that fails.

import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '@ticketing/common/testing/servers';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ticketing-setup-'));
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'tools'));
  cpSync(join(root, 'tools', 'setup.mjs'), join(folder, 'tools', 'setup.mjs'));
  writeFileSync(join(folder, 'package-lock.json'), '{}');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function npmThatPrints(output: string): void {
  const npm = join(folder, 'bin', 'npm');
  writeFileSync(npm, `#!/bin/sh\necho "${output}" >&2\nexit 7\n`);
  chmodSync(npm, 0o755);
}

function setup(): Readonly<{ status: number | null; stdout: string; stderr: string }> {
  const env = { PATH: join(folder, 'bin') };
  return spawnSync(process.execPath, [join(folder, 'tools', 'setup.mjs')], { env, encoding: 'utf8' });
}

test.each([
  ['npm error code ENOTFOUND', 'The installation needs the network.'],
  ['npm error code SELF_SIGNED_CERT_IN_CHAIN', 'set NODE_EXTRA_CA_CERTS'],
  ['npm error code E403', 'Check the credentials and the registry'],
  ['npm error code ENOSPC', 'The disk is full.'],
  ['npm error code EACCES', 'Check that you own this folder'],
  ['npm error something else', 'Its message is above.'],
])('after "%s" the message says: %s', (output, advice) => {
  npmThatPrints(output);
  const { status, stderr } = setup();
  expect(status).toBe(7);
  expect(stderr).toContain(output);
  expect(stderr).toContain(advice);
  expect(stderr).toContain('Then run the same command again.');
});

test('a step of more than a second shows its seconds, and the packages that npm has fetched', () => {
  npmThatPrints(
    'npm http fetch GET 200 https://registry.example/left-pad-1.3.0.tgz 12ms" >&2; /bin/sleep 1; echo "',
  );
  // A busy machine takes longer than the second.
  expect(setup().stdout).toMatch(/^Installing dependencies \(npm ci\) … [1-9]\d* s, 1 packages$/m);
});

test('the first start says before it begins how long it takes and how much disk it needs', () => {
  npmThatPrints(
    'npm http fetch GET 200 https://registry.example/left-pad-1.3.0.tgz 12ms\nnpm error something',
  );
  const { stdout, stderr } = setup();
  expect(stdout).toMatch(/^The first start takes about half a minute.* It needs 0\.9 GB of disk/);
  // The packages that npm has fetched are counted, not listed.
  expect(stderr).not.toContain('left-pad');
});

test('without npm the message says where to get it', () => {
  const { status, stderr } = setup();
  expect(status).toBe(1);
  expect(stderr).toBe('npm is not on PATH. It comes with Node: https://nodejs.org.\n');
});
