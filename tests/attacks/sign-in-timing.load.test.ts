// Applies the measurement of sign-in-timing.ts to the real sign-in, and to a leaky one as the control.

import { startForTest, type TestService } from '@ticketing/common/testing';
import { newId } from '@ticketing/common/id';
import type { AuthContext } from '../../auth/src/store.js';
import { service } from '../../auth/src/service.js';
import { standardError } from './auc.js';
import { timeGuesses } from './sign-in-timing.js';

let auth: TestService<AuthContext>;
const known = Array.from({ length: 10 }, () => `${newId()}@example.com`);

beforeAll(async () => {
  const limits = { SIGNIN_FAILURES_PER_ACCOUNT: '10000', SIGNIN_FAILURES_PER_ADDRESS: '10000' };
  auth = await startForTest(service, limits);
  for (const email of known)
    await auth.request.post('/api/users/signup').send({ email, password: 'a horse of mine' }).expect(201);
});
afterAll(() => auth.stop());

const pairs = 40;
const guess = (email: string) =>
  auth.request.post('/api/users/signin').send({ email, password: 'a wrong password' });

test('neither the latency nor the response of a refused sign-in reveals an account', async () => {
  const timing = await timeGuesses(known, pairs, guess);
  expect(Math.abs(timing.auc - 0.5)).toBeLessThan(4 * standardError(pairs));
  expect([...timing.answers]).toEqual([expect.stringMatching(/^401 .*invalid-credentials/)]);
});

test('a refused sign-in answers in constant-time steps, with an account and without', async () => {
  const { untilNextStep } = auth.ctx;
  let steps = 0;
  auth.ctx.untilNextStep = async (begin) => {
    await untilNextStep(begin);
    steps += 1;
  };
  try {
    for (const email of [known[0] ?? '', `${newId()}@example.com`]) await guess(email).expect(401);
    expect(steps).toBe(2);
  } finally {
    auth.ctx.untilNextStep = untilNextStep;
  }
});

test('control: latency reveals accounts without constant-time steps and without hashing for unknown addresses', async () => {
  const { passwords, untilNextStep } = auth.ctx;
  const { verify } = passwords;
  passwords.verify = async (hash, password, source) => hash !== undefined && verify(hash, password, source);
  auth.ctx.untilNextStep = async () => undefined;
  try {
    expect((await timeGuesses(known, pairs, guess)).auc).toBeGreaterThan(0.5 + 4 * standardError(pairs));
  } finally {
    passwords.verify = verify;
    auth.ctx.untilNextStep = untilNextStep;
  }
});
