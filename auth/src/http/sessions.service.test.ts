// How sessions end, and what owners can do with their accounts.

import { randomUUID } from 'node:crypto';
import { SessionRevoked, UserDeleted } from '@ticketing/common/events';
import { issueToken } from '@ticketing/common/http';
import { newId } from '@ticketing/common/id';
import { eventually, startForTest, type TestService } from '@ticketing/common/testing';
import type { AuthContext } from '../store.js';
import { service } from '../service.js';

const password = 'correct horse';
const NAMESPACE = `test-${newId()}`;
let auth: TestService<AuthContext>, replica: TestService<AuthContext>;

beforeAll(async () => {
  const limits = { SESSIONS_PER_USER: '12', SIGNIN_FAILURES_PER_ACCOUNT: '15' };
  auth = await startForTest(service, { NAMESPACE, ...limits });
  replica = await startForTest(service, { NAMESPACE, ...limits });
});
afterAll(() => Promise.all([auth.stop(), replica.stop()]));

type Answer = {
  status: number;
  body: { errors: { code: string }[] };
  get(name: 'Set-Cookie'): string[] | undefined;
};
type Client = Readonly<{ id: string; email: string; cookie: string }>;
const code = (answer: Answer) => `${answer.status} ${answer.body.errors[0]?.code}`;
const cookieOf = (answer: Answer) => (answer.get('Set-Cookie') ?? [])[0]?.split(';')[0] ?? '';

async function startSession(how: 'signup' | 'signin', email: string, agent = 'a browser'): Promise<Client> {
  const answer = await auth.request
    .post(`/api/users/${how}`)
    .set('User-Agent', agent)
    .send({ email, password })
    .expect(how === 'signup' ? 201 : 200);
  return { id: answer.body.id, email, cookie: cookieOf(answer) };
}
const aNewUser = () => startSession('signup', `${newId()}@example.com`);

const get = ({ cookie }: Client, path: string, at = auth) =>
  at.request.get(`/api/users/${path}`).set('Cookie', cookie);
const post = ({ cookie }: Client, path: string, body: object = {}) =>
  auth.request.post(`/api/users/${path}`).set('Cookie', cookie).send(body);
const del = ({ cookie }: Client, path = '', body?: object) =>
  auth.request.delete(`/api/users${path}`).set('Cookie', cookie).send(body);
const isSignedIn = async (client: Client, at = auth) =>
  (await get(client, 'currentuser', at)).body.currentUser !== null;
type Listed = { id: string; device: string; current: boolean };
const sessionsOf = async (client: Client): Promise<Listed[]> =>
  (await get(client, 'sessions').expect(200)).body;
// Each replica receives some of the events.
const published = (id: string, { type }: { type: string }) =>
  [auth, replica].flatMap((at) => at.eventsOf(type, id)).at(-1) as
    | { sessions: { sid: string }[] }
    | undefined;

describe('signing out', () => {
  test('ends only this session, at once here and soon in other replicas, and publishes it', async () => {
    const one = await aNewUser();
    const other = await startSession('signin', one.email);
    const sid = (await sessionsOf(one)).find(({ current }) => current)?.id;
    await post(one, 'signout').expect(200);
    expect([await isSignedIn(one), await isSignedIn(other)]).toEqual([false, true]);
    await eventually(async () => expect(await isSignedIn(one, replica)).toBe(false));
    expect(await isSignedIn(other, replica)).toBe(true);
    await eventually(() => expect(published(one.id, SessionRevoked)?.sessions).toMatchObject([{ sid }]));
    expect((await get(one, 'sessions')).status).toBe(401);
    await post(one, 'signout').expect(200);
  });

  test('with a bearer token ends its session', async () => {
    const ada = await aNewUser();
    const { jwt } = JSON.parse(Buffer.from(ada.cookie.slice(8), 'base64').toString());
    await auth.request.post('/api/users/signout').set('Authorization', `Bearer ${jwt}`).expect(200);
    expect(await isSignedIn(ada)).toBe(false);
  });

  test('ends a session that an older version began', async () => {
    const ada = await aNewUser();
    await auth.ctx.users.model.collection.updateOne(
      { _id: ada.id as never },
      { $unset: { sessions: '', ended: '' } },
    );
    expect(await isSignedIn(ada)).toBe(true);
    await post(ada, 'signout').expect(200);
    expect(await isSignedIn(ada)).toBe(false);
    expect(await isSignedIn(await startSession('signin', ada.email))).toBe(true);
  });

  test('answers 503 and keeps the cookie if the end cannot be stored', async () => {
    const own = await startForTest(service);
    const token = issueToken({ id: newId(), email: 'a@example.com' }, own.ctx.keys);
    const signOut = () => own.request.post('/api/users/signout').set('Authorization', `Bearer ${token}`);
    await own.ctx.users.model.db.close();
    const answer = await signOut().expect(503);
    expect(answer.headers['set-cookie']).toBeUndefined();
    await own.stop();
  });
});

describe('the list of sessions', () => {
  test('shows the device of each session and marks the current one', async () => {
    const ada = await aNewUser();
    const phone = await startSession('signin', ada.email, `a phone ${'x'.repeat(300)}`);
    expect(await sessionsOf(phone)).toEqual([
      expect.objectContaining({ device: `a phone ${'x'.repeat(192)}`, current: true }),
      expect.objectContaining({ device: 'a browser', current: false }),
    ]);
  });

  test('lets the user end one session repeatedly, and answers 404 for sessions of others', async () => {
    const [ada, eve] = [await aNewUser(), await aNewUser()];
    const phone = await startSession('signin', ada.email);
    const { id } = (await sessionsOf(phone)).find(({ current }) => current) ?? { id: '' };
    for (const visitor of [eve]) await del(visitor, `/sessions/${id}`).expect(404);
    expect(await isSignedIn(phone)).toBe(true);
    await del(ada, `/sessions/${id}`).expect(204);
    await del(ada, `/sessions/${id}`).expect(204);
    await del(ada, `/sessions/${randomUUID()}`).expect(404);
    await del(ada, '/sessions/none').expect(404);
    expect([await isSignedIn(phone), await isSignedIn(ada)]).toEqual([false, true]);
  });

  test('has all of ten simultaneous sign-ins, and the oldest session ends above the limit', async () => {
    const first = await aNewUser();
    const ten = await Promise.all(Array.from({ length: 10 }, () => startSession('signin', first.email)));
    expect(await sessionsOf(first)).toHaveLength(11);
    await startSession('signin', first.email);
    expect(await isSignedIn(first)).toBe(true);
    const last = await startSession('signin', first.email);
    expect(await isSignedIn(first)).toBe(false);
    expect(await Promise.all(ten.map((client) => isSignedIn(client)))).toEqual(Array(10).fill(true));
    expect(await sessionsOf(last)).toHaveLength(12);
  });
});

describe('changing the password', () => {
  const newPassword = 'battery staple';

  test('ends every session, also the current one, and begins another', async () => {
    const ada = await aNewUser();
    const phone = await startSession('signin', ada.email);
    const answer = await post(ada, 'password', { password, newPassword }).expect(200);
    expect(answer.body).toEqual({ id: ada.id, email: ada.email });
    const now = { ...ada, cookie: cookieOf(answer) };
    expect([await isSignedIn(ada), await isSignedIn(phone), await isSignedIn(now)]).toEqual([
      false,
      false,
      true,
    ]);
    const signIn = (guess: string) =>
      auth.request.post('/api/users/signin').send({ email: ada.email, password: guess });
    await signIn(password).expect(401);
    await signIn(newPassword).expect(200);
  });

  test('requires the current password, and failures count like failed sign-ins: 403 wrong-password', async () => {
    const ada = await aNewUser();
    const answers = [];
    for (let count = 0; count < 18; count += 1)
      answers.push(code(await post(ada, 'password', { password: 'wrong horse', newPassword })));
    expect(answers).toContain('403 wrong-password');
    expect(answers.at(-1)).toBe('429 too-many-attempts');
    expect(await isSignedIn(ada)).toBe(true);
  });

  test('applies the sign-up rule to the new password', async () => {
    const ada = await aNewUser();
    for (const refused of ['short', 'aaaaaaaa', ada.email]) {
      const answer = await post(ada, 'password', { password, newPassword: refused }).expect(400);
      expect(answer.body.errors).toMatchObject([{ code: 'invalid-input', field: 'newPassword' }]);
    }
    expect(await isSignedIn(ada)).toBe(true);
  });

  test('leaves no session of a simultaneous sign-in with the old password', async () => {
    for (let round = 0; round < 5; round += 1) {
      const ada = await aNewUser();
      const signIn = auth.request.post('/api/users/signin').send({ email: ada.email, password });
      const [changed, signedIn] = await Promise.all([
        post(ada, 'password', { password, newPassword }).expect(200),
        signIn,
      ]);
      expect([200, 401]).toContain(signedIn.status);
      if (signedIn.status === 200)
        expect(await isSignedIn({ ...ada, cookie: cookieOf(signedIn) })).toBe(false);
      expect(await sessionsOf({ ...ada, cookie: cookieOf(changed) })).toHaveLength(1);
    }
  });
});

describe('the data of an account', () => {
  test('can be downloaded: account, sessions, and where to find the rest', async () => {
    const ada = await aNewUser();
    await post(await startSession('signin', ada.email), 'signout');
    const { body, headers } = await get(ada, 'export').expect(200);
    expect(headers['content-disposition']).toBe('attachment; filename="account.json"');
    expect(body).toEqual({
      account: { id: ada.id, email: ada.email, createdAt: expect.stringMatching(/^20.*Z$/) },
      sessions: await sessionsOf(ada),
      endedSessions: [{ id: expect.any(String), expiresAt: expect.any(String) }],
      profile: { email: ada.email, emailVerified: false },
      links: [{ purpose: 'verify-email', email: ada.email, expiresAt: expect.any(String) }],
      paidOrders: [],
      elsewhere: expect.objectContaining({ tickets: `/api/tickets?seller=${ada.id}` }),
    });
    expect(JSON.stringify(body)).not.toContain('argon2');
  });

  test('is erased when the owner deletes the account, and the address is free again', async () => {
    const ada = await aNewUser();
    const phone = await startSession('signin', ada.email);
    expect(code(await del(ada, '', { password: 'wrong horse' }))).toBe('403 wrong-password');
    const answer = await del(ada, '', { password }).expect(204);
    expect(cookieOf(answer)).toBe('session=');
    expect([await isSignedIn(ada), await isSignedIn(phone)]).toEqual([false, false]);
    await eventually(() => expect(published(ada.id, UserDeleted)?.sessions).toHaveLength(2));
    const stored = await auth.ctx.users.model.collection.findOne({ _id: ada.id as never });
    expect(stored).toMatchObject({ status: 'deleted' });
    expect(Object.keys(stored ?? {})).not.toContain('passwordHash');
    expect(JSON.stringify(stored)).not.toContain(ada.email);
    await auth.request.post('/api/users/signin').send({ email: ada.email, password }).expect(401);
    expect((await startSession('signup', ada.email)).id).not.toBe(ada.id);
  });

  test('can be erased for many accounts: the index of addresses ignores them', async () => {
    for (const one of [await aNewUser(), await aNewUser()]) await del(one, '', { password }).expect(204);
  });
});

describe('a database of an older version', () => {
  test('gets the current index of addresses and loses the old one', async () => {
    const env = { NAMESPACE: `test-${newId()}` };
    const old = await startForTest(service, env);
    const users = () => old.ctx.users.model.collection;
    await users().dropIndex('one-account');
    await users().createIndex({ email: 1 }, { unique: true });
    await users().insertOne({
      _id: newId() as never,
      email: 'old@example.com',
      version: 0,
      outbox: [],
      history: [],
    });
    const fresh = await startForTest(service, env);
    const names = (await users().indexes()).map(({ name }) => name);
    expect(names).toContain('one-account');
    expect(names).not.toContain('email_1');
    await fresh.request.post('/api/users/signup').send({ email: 'old@example.com', password }).expect(409);
    await Promise.all([old.stop(), fresh.stop()]);
  });
});
