import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localUrls, serviceEnv } from './environment.js';
import { planPorts } from './ports.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ticketing-environment-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const servers = { mongo: 'mongodb://m', nats: 'nats://n', redis: 'redis://r' };
const urls = { ...servers, ...localUrls(planPorts({})) };
const envIn = (name: string, given: Record<string, string> = {}) =>
  serviceEnv(given, urls, join(folder, name, 'secrets.json'));
const markIn = (name: string, given: Record<string, string> = {}) => envIn(name, given)['INSTALLATION_ID'];

test('only auth can sign sessions if there is a pair of keys, and the pair of the environment comes first', () => {
  const pair = { JWT_PRIVATE_KEY: 'private', JWT_PUBLIC_KEYS: 'public' };
  const keysIn = (given: Record<string, string>) => {
    const env = serviceEnv(given, urls, join(folder, 'secrets.json'), pair);
    return [env['JWT_KEY'], env['JWT_PRIVATE_KEY'], env['JWT_PUBLIC_KEYS']];
  };
  expect(keysIn({ JWT_PRIVATE_KEY: '' })).toEqual([undefined, 'private', 'public']);
  expect(keysIn({ JWT_PUBLIC_KEYS: 'others' })).toEqual([undefined, undefined, 'others']);
});

test('two local systems with one account at Stripe have different marks, which survive a restart', () => {
  const stripe = { STRIPE_KEY: 'sk_test_shared', STRIPE_WEBHOOK_SECRET: 'whsec_shared' };
  expect(markIn('first', stripe)).toMatch(/^local-[0-9a-f]{12}$/);
  expect(markIn('second', stripe)).not.toBe(markIn('first', stripe));
  expect(markIn('first', stripe)).toBe(markIn('first', stripe));
});

test('a mark in the environment is used', () => {
  expect(markIn('first', { INSTALLATION_ID: 'mine' })).toBe('mine');
});

test('mails go to the local catcher, and their links to the gateway, unless the environment names others', () => {
  expect(envIn('first')).toMatchObject({
    SMTP_URL: 'smtp://127.0.0.1:8095',
    PUBLIC_URL: 'http://localhost:8080',
  });
  const given = { SMTP_URL: 'smtps://mail.example.com', PUBLIC_URL: 'https://tickets.example.com' };
  expect(envIn('first', given)).toMatchObject(given);
  expect(envIn('first', { SMTP_URL: '' })['SMTP_URL']).toBe('smtp://127.0.0.1:8095');
});

test('the key of links in mails survives a restart, and each data folder has its own', () => {
  const keyIn = (name: string) => envIn(name)['ACCOUNT_LINK_KEY'];
  expect(keyIn('first')).toMatch(/^[0-9a-f]{64}$/);
  expect(keyIn('first')).toBe(keyIn('first'));
  expect(keyIn('second')).not.toBe(keyIn('first'));
});
