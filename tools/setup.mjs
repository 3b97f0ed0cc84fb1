// Makes a checkout ready to run: dependencies as the lockfile has them, then the build. Needs nothing but Node and npm,
// and does nothing that is done already.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const marker = join(root, 'node_modules', '.installed-from');

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Ticketing needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}

const lockfile = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const installed = existsSync(marker) ? readFileSync(marker, 'utf8') : undefined;
if (installed !== lockfile) {
  // `npm ci` begins with deleting node_modules, which is right for a fresh clone only.
  const command = existsSync(join(root, 'node_modules')) ? 'install' : 'ci';
  console.log(`Installing dependencies (npm ${command}) …`);
  const { status, stdout, stderr } = spawnSync('npm', [command, '--no-audit', '--no-fund'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) {
    console.error(stdout, stderr);
    process.exit(status ?? 1);
  }
  const now = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  writeFileSync(marker, now);
}

const { build } = await import('./build.mjs');
await build(root);
