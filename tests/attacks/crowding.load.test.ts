// The flood of sign-ups of crowding.ts at the real service. The control has a first-in, first-out hashing queue.

import { newId } from '@ticketing/common/id';
import { startForTest, type TestService } from '@ticketing/common/testing';
import { createConcurrencyLimit, type ConcurrencyLimit } from '../../auth/src/concurrency-limit.js';
import { openPasswords } from '../../auth/src/passwords.js';
import { service } from '../../auth/src/service.js';
import type { AuthContext } from '../../auth/src/store.js';
import { beginSignUps, password, signInAt, signInPauseMs, signUpsHarm } from './crowding.js';
import { describeFigures, observe, observeAttack, openClient, type Fared } from './bystanders.js';

// The attack, the people and the service share one process here; `npm run test:security` measures a real system.
const longestMs = (before: Fared) => Math.max(1_000, signUpsHarm.times * before.p99);

let auth: TestService<AuthContext>;
const people = Array.from({ length: 10 }, (_, index) => ({
  client: openClient(`127.0.1.${index + 1}`),
  email: `${newId()}@example.com`,
}));

beforeAll(async () => {
  auth = await startForTest(service);
  for (const { email, client } of people) {
    const body = { email, password };
    const { status } = await client.send(auth.url, { method: 'POST', path: '/api/users/signup', body });
    expect(status).toBe(201);
  }
});
afterAll(async () => {
  for (const { client } of people) client.close();
  await auth.stop();
});

const watch = () => observe(people, 6, signInAt(auth.url), signInPauseMs);

async function attack() {
  const phases = await observeAttack(watch, () => beginSignUps(auth.url));
  process.stdout.write(`120 parallel sign-ups: ${describeFigures(phases)}\n`);
  return phases;
}

test('sign-ups of one address do not hinder the sign-ins of others', async () => {
  const { before, during, after } = await attack();
  expect([during.success, after.success]).toEqual([1, 1]);
  expect(during.p99).toBeLessThan(longestMs(before));
});

test('sign-ups of one address hinder others if all wait in one queue (the control of the test above)', async () => {
  const limits = { concurrency: 2, queue: 50, perAccount: 10_000, patienceMs: 4_500 };
  const limit = createConcurrencyLimit(limits);
  const inLine: ConcurrencyLimit = (_source, work) =>
    limit({ use: 'sign-in', network: 'all', account: 'all' }, work);
  const { passwords } = auth.ctx;
  Object.assign(passwords, openPasswords(inLine));
  const before = await watch();
  const end = await beginSignUps(auth.url);
  const during = await watch();
  await end();
  expect(during.success === 1 && during.p99 < longestMs(before)).toBe(false);
});

test('hundreds of guests of a venue, who share one address, sign in at the same time', async () => {
  const guests = Array.from({ length: 150 }, () => `${newId()}@example.com`);
  const venue = openClient('127.0.2.1');
  const send = (path: string, email: string) =>
    venue.send(auth.url, { method: 'POST', path: `/api/users/${path}`, body: { email, password } });
  Object.assign(auth.ctx.passwords, openPasswords(auth.ctx.hashing));
  for (const path of ['signup', 'signin']) {
    const sent = await Promise.all(guests.map((email) => send(path, email)));
    expect(sent.filter(({ status }) => status >= 300)).toEqual([]);
  }
  venue.close();
});
