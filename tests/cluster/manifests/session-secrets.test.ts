// The keys of sessions that infra/secrets.mjs makes, with a kubectl that stores Secrets in a file.

import { spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { root } from './variants.js';

const kubectl = `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs');
const file = __dirname + '/stored.json';
const stored = JSON.parse(readFileSync(file, 'utf8'));
const [verb, kind, name, ...rest] = process.argv.slice(2);
if (verb === 'kustomize') console.log('kind: Namespace\\nmetadata:\\n  name: ticketing');
if (verb === 'get' && stored[name]) console.log(rest.includes('json') ? JSON.stringify(stored[name]) : kind + '/' + name);
if (verb === 'create') {
  const { metadata, stringData } = JSON.parse(readFileSync(0, 'utf8'));
  stored[metadata.name] = { data: Object.fromEntries(Object.entries(stringData).map(([key, value]) => [key, btoa(value)])) };
  writeFileSync(file, JSON.stringify(stored));
}
`;

type Stored = Record<string, { data: Record<string, string> }>;
let folder: string;
const file = () => join(folder, 'stored.json');
const read = () => JSON.parse(readFileSync(file(), 'utf8')) as Stored;
const write = (stored: Stored) => writeFileSync(file(), JSON.stringify(stored));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'session-secrets-'));
  writeFileSync(join(folder, 'kubectl'), kubectl, { mode: 0o755 });
  write({});
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function makeSecrets(): void {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'infra', 'secrets.mjs')], {
    encoding: 'utf8',
    env: { PATH: `${folder}${delimiter}${process.env['PATH']}` },
  });
  expect([status, stderr]).toEqual([0, '']);
}

const pem = (stored: Stored, name: string, key: string) => atob(stored[name]?.data[key] ?? '');
const privateKeyIn = (stored: Stored) =>
  createPrivateKey(pem(stored, 'session-private-key', 'JWT_PRIVATE_KEY'));
const publicKeyIn = (stored: Stored) =>
  createPublicKey(pem(stored, 'session-public-keys', 'JWT_PUBLIC_KEYS'));

test('the public key belongs to the private key, and only the Secret of auth has the private key', () => {
  makeSecrets();
  const stored = read();
  expect(createPublicKey(privateKeyIn(stored)).equals(publicKeyIn(stored))).toBe(true);
  expect(Object.keys(stored['session-public-keys']?.data ?? {})).toEqual(['JWT_PUBLIC_KEYS']);
  expect(pem(stored, 'session-public-keys', 'JWT_PUBLIC_KEYS')).not.toContain('PRIVATE');
});

test('a second run changes no key, and makes a missing public key of the stored private key', () => {
  makeSecrets();
  const before = read();
  makeSecrets();
  expect(read()).toEqual(before);
  const { 'session-public-keys': _missing, ...rest } = before;
  write(rest);
  makeSecrets();
  expect(publicKeyIn(read()).equals(publicKeyIn(before))).toBe(true);
});
