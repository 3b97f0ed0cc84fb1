// The keys of sessions that infra/secrets.mjs makes.

import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSecretsIn, secretsIn, storeSecrets, type Stored } from './made-secrets.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'session-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const makeSecrets = () => void makeSecretsIn(folder);
const read = () => secretsIn(folder);

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
  storeSecrets(folder, rest);
  makeSecrets();
  expect(publicKeyIn(read()).equals(publicKeyIn(before))).toBe(true);
});
