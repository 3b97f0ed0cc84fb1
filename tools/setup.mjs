// Prepares a checkout to run: installs the dependencies of the lockfile, then builds. A finished step is skipped.
// Needs only Node and npm.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const marker = join(root, 'node_modules', '.installed-from');

// The error codes of npm, each with a remedy.
const remedies = [
  [
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b/,
    `The package registry cannot be reached. The installation needs the network.
Check the connection. Behind a proxy, set HTTPS_PROXY. With a registry of your own, check: npm config get registry`,
  ],
  [
    /\b(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\b/,
    `The registry's certificate is not trusted. Behind a proxy that inspects TLS, set NODE_EXTRA_CA_CERTS to the file
of its certificate authority.`,
  ],
  [/\b(E401|E403)\b/, 'The registry refuses access. Check the credentials and the registry in ~/.npmrc.'],
  [/\bENOSPC\b/, 'The disk is full. Dependencies and servers need about 1 GB.'],
  [
    /\b(EACCES|EPERM)\b/,
    'A file cannot be written. Check that you own this folder and ~/.npm, also after an earlier run with sudo.',
  ],
];

function fail(message, status = 1) {
  console.error(message);
  process.exit(status);
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(
      `Ticketing needs Node 20.19 or newer; this is ${process.version}. Install one from https://nodejs.org.`,
    );
}

const lockfileHash = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

function install() {
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lockfileHash()) return;
  // `npm ci` deletes node_modules first, which is right for a fresh clone only.
  const command = existsSync(join(root, 'node_modules')) ? 'install' : 'ci';
  console.log(`Installing dependencies (npm ${command}) …`);
  const npm = spawnSync('npm', [command, '--no-audit', '--no-fund'], { cwd: root, encoding: 'utf8' });
  if (npm.error?.code === 'ENOENT') fail('npm is not on PATH. It comes with Node: https://nodejs.org.');
  if (npm.error) fail(`npm cannot be started: ${npm.error.message}`);
  if (npm.status !== 0) {
    console.error(npm.stdout, npm.stderr);
    fail(explain(command, `${npm.stdout}${npm.stderr}`), npm.status ?? 1);
  }
  // `npm install` may have changed the lockfile.
  writeFileSync(marker, lockfileHash());
}

function explain(command, output) {
  const remedy = remedies.find(([code]) => code.test(output))?.[1];
  return `The dependencies are not installed: npm ${command} failed. ${remedy ?? 'Its message is above.'}
Then run the same command again.`;
}

requireNode();
install();
const { build } = await import('./build.mjs');
await build(root);
