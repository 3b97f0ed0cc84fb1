// Applies the measurement of sign-in-timing.ts to the reset of a password, and to a leaky one as the control.

import { setTimeout as delay } from 'node:timers/promises';
import { startForTest, type TestService } from '@ticketing/common/testing';
import { newId } from '@ticketing/common/id';
import type { AuthContext } from '../../auth/src/store.js';
import { service } from '../../auth/src/service.js';
import { standardError } from './auc.js';
import { timeGuesses } from './sign-in-timing.js';

let auth: TestService<AuthContext>;
let clock = Date.now();
const known = Array.from({ length: 10 }, () => `${newId()}@example.com`);

beforeAll(async () => {
  auth = await startForTest(service, { TRUST_PROXY: '1' }, { now: () => new Date(clock) });
  for (const email of known)
    await auth.request.post('/api/users/signup').send({ email, password: 'a horse of mine' }).expect(201);
});
afterAll(() => auth.stop());

const pairs = 40;
let hosts = 0;
/** Every request may send its mail: a limit would make both kinds alike. */
function ask(email: string) {
  clock += 24 * 3_600_000;
  const host = `10.2.0.${(hosts += 1) % 250}`;
  return auth.request.post('/api/users/password-resets').set('X-Forwarded-For', host).send({ email });
}

test('neither the latency nor the response of a reset reveals an account', async () => {
  const timing = await timeGuesses(known, pairs, ask);
  expect(Math.abs(timing.auc - 0.5)).toBeLessThan(4 * standardError(pairs));
  expect([...timing.answers]).toEqual(['202 {}']);
});

test('a reset does the same number of writes with an account and without, and answers in constant-time steps', async () => {
  const { untilNextStep, mailLimits } = auth.ctx;
  const { spendTheTimeOfARequest } = mailLimits;
  const done: string[] = [];
  auth.ctx.untilNextStep = async () => void done.push('step');
  mailLimits.spendTheTimeOfARequest = async () => void done.push('write');
  try {
    await ask(known[0] ?? '').expect(202);
    await ask(`${newId()}@example.com`).expect(202);
    expect(done).toEqual(['step', 'write', 'step']);
  } finally {
    auth.ctx.untilNextStep = untilNextStep;
    mailLimits.spendTheTimeOfARequest = spendTheTimeOfARequest;
  }
});

test('control: latency reveals accounts if an unknown address is answered without steps and without the write', async () => {
  const { untilNextStep, mailLimits, users } = auth.ctx;
  const { spendTheTimeOfARequest } = mailLimits;
  const { change } = users;
  auth.ctx.untilNextStep = async () => undefined;
  mailLimits.spendTheTimeOfARequest = async () => undefined;
  // A disk that takes its time.
  users.change = async (...parts) => delay(5).then(() => change(...parts)) as never;
  try {
    expect((await timeGuesses(known, pairs, ask)).auc).toBeGreaterThan(0.5 + 4 * standardError(pairs));
  } finally {
    auth.ctx.untilNextStep = untilNextStep;
    mailLimits.spendTheTimeOfARequest = spendTheTimeOfARequest;
    users.change = change;
  }
});
