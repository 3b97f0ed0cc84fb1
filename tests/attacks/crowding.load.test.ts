// The flood of sign-ups of crowding.ts at the real service. The control has a first-in, first-out hashing queue. What counts is
// the order of the hashes, which does not depend on the speed of the machine; the times are printed only.

import { newId } from '@ticketing/common/id';
import { startForTest, type TestService } from '@ticketing/common/testing';
import { createConcurrencyLimit, type ConcurrencyLimit } from '../../auth/src/concurrency-limit.js';
import { openPasswords } from '../../auth/src/passwords.js';
import { service } from '../../auth/src/service.js';
import type { AuthContext } from '../../auth/src/store.js';
import { beginSignUps, password, signInAt, signInPauseMs } from './crowding.js';
import { describeFigures, observe, observeAttack, openClient } from './bystanders.js';

const patienceMs = 60_000;
let auth: TestService<AuthContext>;
const people = Array.from({ length: 10 }, (_, index) => ({
  client: openClient(`127.0.1.${index + 1}`, patienceMs),
  email: `${newId()}@example.com`,
}));

beforeAll(async () => {
  auth = await startForTest(service, { REQUEST_TIMEOUT_MS: '30000' });
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

/** Counts, for each sign-in, the sign-ups whose hashes begin before its own, less the other sign-ins. */
function countOvertaken(limit: ConcurrencyLimit) {
  const overtaken: number[] = [];
  let lead = 0;
  const counted: ConcurrencyLimit = (source, work) => {
    const before = lead;
    return limit(source, () => {
      if (source.use === 'sign-in') overtaken.push(lead - before);
      lead += source.use === 'sign-up' ? 1 : -1;
      return work();
    });
  };
  return { counted, overtaken };
}

async function attack(limit: ConcurrencyLimit) {
  const { counted, overtaken } = countOvertaken(limit);
  Object.assign(auth.ctx.passwords, openPasswords(counted));
  const phases = await observeAttack(
    () => observe(people, 6, signInAt(auth.url), signInPauseMs),
    () => beginSignUps(auth.url),
  );
  const most = Math.max(...overtaken);
  process.stdout.write(`120 parallel sign-ups: ${describeFigures(phases)}; before a sign-in: ${most}\n`);
  return { ...phases, most };
}

test('sign-ups of one address do not hinder the sign-ins of others', async () => {
  const { during, after, most } = await attack(auth.ctx.hashing);
  expect([during.success, after.success]).toEqual([1, 1]);
  // Sign-ins and sign-ups take turns.
  expect(most).toBeLessThanOrEqual(1);
});

test('sign-ups of one address hinder others if all wait in one queue (the control of the test above)', async () => {
  const limit = createConcurrencyLimit({ concurrency: 2, queue: 1_000, perAccount: 10_000, patienceMs });
  const { most } = await attack((_source, work) =>
    limit({ use: 'sign-in', network: 'all', account: 'all' }, work),
  );
  expect(most).toBeGreaterThan(10);
});

test('hundreds of guests of a venue, who share one address, sign in at the same time', async () => {
  const guests = Array.from({ length: 150 }, () => `${newId()}@example.com`);
  const venue = openClient('127.0.2.1', patienceMs);
  const send = (path: string, email: string) =>
    venue.send(auth.url, { method: 'POST', path: `/api/users/${path}`, body: { email, password } });
  Object.assign(auth.ctx.passwords, openPasswords(auth.ctx.hashing));
  for (const path of ['signup', 'signin']) {
    const sent = await Promise.all(guests.map((email) => send(path, email)));
    expect(sent.filter(({ status }) => status >= 300 || status === 0)).toEqual([]);
  }
  venue.close();
});
