// infra/secrets.mjs, with a kubectl that renders overlays and records everything else.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { find, installingTakesMs } from './programs.js';
import { root, variant, type Variant } from './variants.js';

let folder: string;

beforeAll(async () => {
  const program = await find('kustomize');
  const render = basename(program) === 'kubectl' ? `"${program}" kustomize` : `"${program}" build`;
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  writeFileSync(
    join(folder, 'kubectl'),
    `#!/bin/sh
[ "$1" = kustomize ] && exec ${render} "$2"
echo "$@" >> "${join(folder, 'log')}"
[ "$1" = get ] || cat >> "${join(folder, 'log')}"
`,
  );
  chmodSync(join(folder, 'kubectl'), 0o755);
}, installingTakesMs);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function makeSecrets(
  overlay: Variant,
  variables: Readonly<Record<string, string>> = {},
  options: readonly string[] = [],
) {
  writeFileSync(join(folder, 'log'), '');
  const script = join(root, 'infra', 'secrets.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--overlay', overlay.folder, ...options], {
    encoding: 'utf8',
    env: { ...variables, HOME: folder, PATH: `${folder}${delimiter}${process.env['PATH']}` },
  });
  return { status, stderr, log: readFileSync(join(folder, 'log'), 'utf8') };
}

test.each([
  ['dev', 'ticketing', []],
  ['staging', 'ticketing-staging', []],
  // The Helm chart may be installed in another namespace.
  ['dev', 'second', ['--namespace', 'second']],
])('the Secrets of %s are created in the namespace %s', (name, namespace, options) => {
  const { status, stderr, log } = makeSecrets(variant(name), {}, options);

  expect([status, stderr]).toEqual([0, '']);

  const all = (pattern: RegExp) => new Set([...log.matchAll(pattern)].map(([, used]) => used));
  expect(all(/-n (\S+)/g)).toEqual(new Set([namespace]));
  expect(all(/"namespace":"([^"]+)"/g)).toEqual(new Set([namespace]));
  expect(log).toMatch(new RegExp(`apply -f -\\n[^]*kind: Namespace[^]*name: ${namespace}\\n`));
});

test('production needs an SMTP server and a publishable key of Stripe, and development has stand-ins', () => {
  const SMTP_URL = 'smtps://user:password@mail.example.com:465';
  const STRIPE_PUBLISHABLE_KEY = 'pk_live_1';
  const [needsMail, needsKey] = [
    /^Set SMTP_URL to the server that sends the mails/m,
    /^Set STRIPE_PUBLISHABLE_KEY /m,
  ];
  const without = makeSecrets(variant('prod'));
  expect([without.status, without.stderr]).toEqual([1, expect.stringMatching(needsMail)]);
  expect(without.stderr).toMatch(needsKey);
  expect(without.log).not.toContain('create');
  const withoutKey = makeSecrets(variant('prod'), { SMTP_URL });
  expect([withoutKey.status, withoutKey.stderr]).toEqual([1, expect.stringMatching(needsKey)]);
  expect(withoutKey.stderr).not.toMatch(needsMail);

  const created = makeSecrets(variant('prod'), { SMTP_URL, STRIPE_PUBLISHABLE_KEY });
  expect([created.status, created.stderr]).toEqual([0, '']);
  expect(created.log).toContain(`"name":"smtp-secret","namespace":"ticketing"`);
  expect(created.log).toContain(`"stringData":{"SMTP_URL":"${SMTP_URL}"}`);
  expect(created.log).toContain(`"stringData":{"STRIPE_PUBLISHABLE_KEY":"${STRIPE_PUBLISHABLE_KEY}"}`);

  const { log } = makeSecrets(variant('dev'));
  expect(log).not.toContain('smtp-secret');
  expect(log).not.toContain('stripe-publishable-key');
});

test('stores outside of the installation are given by address, and get no users or certificates', () => {
  const forPayments = { STRIPE_PUBLISHABLE_KEY: 'pk_live_1', SMTP_URL: 'smtps://mail.example.com' };
  const without = makeSecrets(variant('prod-external'), { ...forPayments, MONGO_URI_ORDERS: 'mongodb://o' });
  expect(without.status).toBe(1);
  for (const variable of ['MONGO_URI', 'NATS_URL', 'REDIS_URL'])
    expect(without.stderr).toContain(`Set ${variable} to your`);
  expect(without.log).not.toContain('create');

  const stores = { MONGO_URI: 'mongodb://a', NATS_URL: 'tls://n', REDIS_URL: 'rediss://r' };
  const given = { ...forPayments, ...stores, MONGO_URI_ORDERS: 'mongodb://o' };
  const { status, log } = makeSecrets(variant('prod-external'), given);
  expect(status).toBe(0);
  expect(log).toContain(
    '{"auth":"mongodb://a","notifications":"mongodb://a","orders":"mongodb://o","payments":"mongodb://a","tickets":"mongodb://a"}',
  );
  expect(log).toContain('"stringData":{"expiration":"rediss://r"}');
  expect(log).not.toMatch(/mongo-users|nats-users|server-authority|-server/);
});
