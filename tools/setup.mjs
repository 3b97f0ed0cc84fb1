// Prepares a checkout to run: installs the dependencies of the lockfile, then builds. A finished step is skipped.
// Needs only Node and npm.

import { spawn } from 'node:child_process';
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

// Measured; README.md has the machine.
const firstStart = `The first start takes about half a minute, and longer on a slow network. It needs 0.9 GB of disk:
502 MB in node_modules, up to 158 MB in ~/.cache/ticketing for MongoDB and NATS, 302 MB in .data.`;

async function install() {
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lockfileHash()) return;
  const isFirst = !existsSync(join(root, 'node_modules'));
  if (isFirst) console.log(firstStart);
  // `npm ci` deletes node_modules first, which is right for a fresh clone only.
  const command = isFirst ? 'ci' : 'install';
  const npm = startNpm(command);
  const { error, status } = await progress(`Installing dependencies (npm ${command})`, npm.ended, npm.detail);
  if (error?.code === 'ENOENT') fail('npm is not on PATH. It comes with Node: https://nodejs.org.');
  if (error) fail(`npm cannot be started: ${error.message}`);
  if (status !== 0) {
    console.error(npm.output());
    fail(explain(command, npm.output()), status ?? 1);
  }
  // `npm install` may have changed the lockfile.
  writeFileSync(marker, lockfileHash());
}

/** npm at the log level that names each package that it has fetched. */
function startNpm(command) {
  const npm = spawn('npm', [command, '--no-audit', '--no-fund', '--loglevel=http'], { cwd: root });
  process.once('exit', () => npm.kill());
  let output = '';
  let packages = 0;
  for (const stream of [npm.stdout, npm.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      packages += text.match(/^npm http .*\.tgz/gm)?.length ?? 0;
      output += text;
    });
  return {
    ended: new Promise((resolve) => {
      npm.once('error', (error) => resolve({ error }));
      npm.once('close', (status) => resolve({ status }));
    }),
    output: () => output.replaceAll(/^npm http .*\n/gm, ''),
    detail: () => (packages > 0 ? `, ${packages} packages` : ''),
  };
}

/**
 * Shows a step with its elapsed seconds: on a terminal in one line that is rewritten each second, otherwise in a line
 * every ten seconds. A step of less than a second shows nothing.
 */
async function progress(step, work, detail = () => '') {
  const begin = performance.now();
  const isTerminal = process.stdout.isTTY === true;
  const seconds = () => Math.round((performance.now() - begin) / 1_000);
  const show = () => {
    const text = `${step} … ${seconds()} s${detail()}`;
    if (!isTerminal) console.log(text);
    else process.stdout.write(`\r${text}\u001b[K`);
  };
  const timer = setInterval(show, isTerminal ? 1_000 : 10_000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (seconds() > 0) show();
    if (seconds() > 0 && isTerminal) process.stdout.write('\n');
  }
}

function explain(command, output) {
  const remedy = remedies.find(([code]) => code.test(output))?.[1];
  return `The dependencies are not installed: npm ${command} failed. ${remedy ?? 'Its message is above.'}
Then run the same command again.`;
}

process.once('SIGINT', () => fail('\nStopping …', 130));
requireNode();
await install();
const { build } = await import('./build.mjs');
await progress('Building', build(root));
