// A program gets the token of its session on request, instead of a cookie.

import { newId } from '@ticketing/common/id';
import { startForTest, type TestService } from '@ticketing/common/testing';
import type { AuthContext } from './store.js';
import { service } from './service.js';

const password = 'correct horse';
const newPassword = 'battery staple';
let auth: TestService<AuthContext>;
beforeAll(async () => {
  auth = await startForTest(service);
});
afterAll(() => auth.stop());

const post = (path: string, body: object, token = '') =>
  auth.request.post(`/api/users/${path}`).set('Authorization', `Bearer ${token}`).send(body);
const currentUser = async (token: string) =>
  (await auth.request.get('/api/users/currentuser').set('Authorization', `Bearer ${token}`)).body.currentUser;
const aPerson = () => ({ email: `${newId()}@example.com`, password });

describe('with `token: true`', () => {
  test('signing up, signing in and a new password answer with a token and set no cookie', async () => {
    const person = aPerson();
    const signUp = await post('signup', { ...person, token: true }).expect(201);
    const signIn = await post('signin', { ...person, token: true }).expect(200);
    const change = await post(
      'password',
      { password, newPassword, token: true },
      String(signIn.body.token),
    ).expect(200);
    for (const answer of [signUp, signIn, change]) {
      expect(answer.body).toEqual({ id: signUp.body.id, email: person.email, token: expect.any(String) });
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect(await currentUser(change.body.token)).toEqual({ id: signUp.body.id, email: person.email });
    // The new password has ended the earlier sessions.
    expect([await currentUser(signUp.body.token), await currentUser(signIn.body.token)]).toEqual([
      null,
      null,
    ]);
  });

  test('a refused sign-in has no token', async () => {
    const person = aPerson();
    await post('signup', person).expect(201);
    const { body } = await post('signin', { ...person, password: 'wrong horse', token: true }).expect(401);
    expect(JSON.stringify(body)).not.toContain('token');
  });

  test('a sign-up that begins no session, because the address is not verified, has no token', async () => {
    const strict = await startForTest(service, { REQUIRE_VERIFIED_EMAIL: 'true' });
    const answer = await strict.request.post('/api/users/signup').send({ ...aPerson(), token: true });
    expect([answer.status, answer.body.token, answer.headers['set-cookie']]).toEqual([
      201,
      undefined,
      undefined,
    ]);
    await strict.stop();
  });
});

test.each([{}, { token: false }])(
  'without it (%j) a cookie is set, and no script can read the token',
  async (body) => {
    const person = aPerson();
    for (const answer of [
      await post('signup', { ...person, ...body }).expect(201),
      await post('signin', { ...person, ...body }).expect(200),
    ]) {
      expect(Object.keys(answer.body)).toEqual(['id', 'email']);
      expect(answer.get('Set-Cookie')?.[0]).toMatch(/^session=.*httponly/i);
    }
  },
);

test.each(['true', 1, null])('the field token accepts only true and false: %j is refused', async (token) => {
  const { body } = await post('signup', { ...aPerson(), token }).expect(400);
  expect(body.errors).toMatchObject([{ code: 'invalid-input', field: 'token' }]);
});
