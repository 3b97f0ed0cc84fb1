// The operator commands on accounts.

import { newId } from '@ticketing/common/id';
import { eventually, startForTest, type TestService } from '@ticketing/common/testing';
import { block } from './domain/user.js';
import { service } from './service.js';
import type { AuthContext } from './store.js';

const password = 'correct horse';
let auth: TestService<AuthContext>;
beforeAll(async () => {
  auth = await startForTest(service);
});
afterAll(() => auth.stop());

const post = (path: string, body: object, cookie = '') =>
  auth.request.post(`/api/users/${path}`).set('Cookie', cookie).send(body);
const signIn = (email: string, guess = password) => post('signin', { email, password: guess });
const codeOf = (answer: { status: number; body: { errors: { code: string }[] } }) =>
  `${answer.status} ${answer.body.errors[0]?.code}`;

async function anAccount() {
  const email = `${newId()}@example.com`;
  const answer = await post('signup', { email, password }).expect(201);
  const cookie = String(answer.get('Set-Cookie')?.[0]?.split(';')[0]);
  const isSignedIn = async () =>
    (await auth.request.get('/api/users/currentuser').set('Cookie', cookie)).body.currentUser !== null;
  return { id: String(answer.body.id), email, cookie, isSignedIn };
}

describe('a blocked account', () => {
  test('has no session, and its owner cannot sign in or up until it is unblocked', async () => {
    const ada = await anAccount();
    expect(await auth.operate('block-account', ` ${ada.email.toUpperCase()}`)).toEqual({
      lines: [`account ${ada.id} is blocked`],
      error: undefined,
    });

    await eventually(async () => expect(await ada.isSignedIn()).toBe(false));
    await eventually(() => expect(auth.eventsOf('session:revoked', ada.id)).toHaveLength(1));
    const refused = await signIn(ada.email);
    expect(codeOf(refused)).toBe('403 account-blocked');
    expect(refused.get('Set-Cookie')).toBeUndefined();
    expect(codeOf(await post('signup', { email: ada.email, password }))).toBe('409 email-in-use');

    expect((await auth.operate('unblock-account', ada.id)).lines).toEqual([
      `account ${ada.id} is not blocked any more`,
    ]);
    await signIn(ada.email).expect(200);
    expect(await ada.isSignedIn()).toBe(false);
  });

  test('looks like any other account to a stranger with a wrong password', async () => {
    const [ada, eve] = [await anAccount(), await anAccount()];
    await auth.operate('block-account', ada.id);
    const answers = [await signIn(ada.email, 'wrong horse'), await signIn(eve.email, 'wrong horse')];
    expect(answers.map(codeOf)).toEqual(Array(2).fill('401 invalid-credentials'));
    expect(answers[0]?.body).toEqual(answers[1]?.body);
  });

  test('cannot be changed or deleted by a session that another replica does not yet know to be ended', async () => {
    const ada = await anAccount();
    const operator = { by: 'operator:ada', why: 'ops:block-account', traceparent: '' };
    await auth.ctx.users.change(ada.id, (user) => block(user, new Date()), operator);
    const change = await post('password', { password, newPassword: 'battery staple' }, ada.cookie);
    const removal = await auth.request.delete('/api/users').set('Cookie', ada.cookie).send({ password });
    for (const answer of [change, removal])
      expect(['401 not-signed-in', '403 account-blocked']).toContain(codeOf(answer));
    expect(await auth.ctx.users.find(ada.id)).toMatchObject({ status: 'blocked', email: ada.email });
  });

  test('keeps who blocked and unblocked it, and a repetition changes nothing', async () => {
    const ada = await anAccount();
    await auth.operate('block-account', ada.id, '--by', 'grace');
    expect((await auth.operate('block-account', ada.id)).lines).toEqual([
      `account ${ada.id} is already blocked`,
    ]);
    await auth.operate('unblock-account', ada.id);
    expect((await auth.operate('unblock-account', ada.id)).lines).toEqual([
      `account ${ada.id} was not blocked`,
    ]);
    const { lines } = await auth.operate('history', ada.id);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { about: 'user', by: 'operator:grace', why: 'ops:block-account', to: 'blocked' },
      { about: 'user', by: 'operator:ada', why: 'ops:unblock-account', from: 'blocked', to: 'active' },
    ]);
  });

  test('begins no session of a sign-in at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const ada = await anAccount();
      await Promise.all([signIn(ada.email), auth.operate('block-account', ada.id)]);
      expect(await auth.ctx.users.find(ada.id)).toMatchObject({ status: 'blocked', sessions: [] });
    }
  });
});

test.each(['nobody@example.com', newId(), 'x'])('an unknown account %s is not found', async (account) => {
  for (const command of ['block-account', 'unblock-account'])
    expect((await auth.operate(command, account)).error?.message).toBe(`account ${account} not found`);
});

test('an account is found by its address and its id, and a deleted one by its id', async () => {
  const ada = await anAccount();
  const found = async (text: string) =>
    (await auth.operate('find', text)).lines.map((line) => JSON.parse(line));
  const account = { what: 'account', id: ada.id, status: 'active', related: { email: ada.email } };
  expect(await found(ada.email)).toEqual([account]);
  expect(await found(ada.id)).toEqual([account]);

  await auth.request.delete('/api/users').set('Cookie', ada.cookie).send({ password }).expect(204);
  expect(await found(ada.email)).toEqual([]);
  expect(await found(ada.id)).toEqual([{ ...account, status: 'deleted', related: {} }]);
});
