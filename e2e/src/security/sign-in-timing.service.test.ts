// The measure of sign-in-timing.ts, on a sign-in that is sound and on one that is not.

import { startForTest, type TestService } from '@ticketing/common/testing';
import { newId } from '@ticketing/common';
import type { AuthContext } from '../../../auth/src/context.js';
import { service } from '../../../auth/src/service.js';
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

const pairs = 60;
const measured = () =>
  timeGuesses(known, pairs, (email) =>
    auth.request.post('/api/users/signin').send({ email, password: 'a wrong password' }),
  );

test('the time of a refused sign-in does not tell whether there is an account, nor does its answer', async () => {
  const timing = await measured();
  expect(Math.abs(timing.auc - 0.5)).toBeLessThan(4 * standardError(pairs));
  expect([...timing.answers]).toEqual([expect.stringMatching(/^401 .*invalid-credentials/)]);
});

test('…and without the work for unknown addresses it would (this keeps the test above honest)', async () => {
  const { verify } = auth.ctx.passwords;
  auth.ctx.passwords.verify = async (hash, password) => hash !== undefined && verify(hash, password);
  try {
    expect((await measured()).auc).toBeGreaterThan(0.95);
  } finally {
    auth.ctx.passwords.verify = verify;
  }
});
