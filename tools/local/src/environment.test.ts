import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceEnv } from './environment.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ticketing-environment-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const urls = { mongo: 'mongodb://m', nats: 'nats://n', redis: 'redis://r', cards: 'http://c' };
const markIn = (name: string, given: Record<string, string> = {}) =>
  serviceEnv(given, urls, join(folder, name, 'secrets.json'))['INSTALLATION_ID'];

test('two local systems with one account at Stripe have different marks, which survive a restart', () => {
  const stripe = { STRIPE_KEY: 'sk_test_shared', STRIPE_WEBHOOK_SECRET: 'whsec_shared' };
  expect(markIn('first', stripe)).toMatch(/^local-[0-9a-f]{12}$/);
  expect(markIn('second', stripe)).not.toBe(markIn('first', stripe));
  expect(markIn('first', stripe)).toBe(markIn('first', stripe));
});

test('a mark in the environment is used', () => {
  expect(markIn('first', { INSTALLATION_ID: 'mine' })).toBe('mine');
});
