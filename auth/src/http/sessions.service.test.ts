// Sessions that end, and what an owner can do with the account.

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
type Visit = Readonly<{ id: string; email: string; cookie: string }>;
const code = (answer: Answer) => `${answer.status} ${answer.body.errors[0]?.code}`;
const cookieOf = (answer: Answer) => (answer.get('Set-Cookie') ?? [])[0]?.split(';')[0] ?? '';

async function enter(how: 'signup' | 'signin', email: string, agent = 'a browser'): Promise<Visit> {
  const answer = await auth.request
    .post(`/api/users/${how}`)
    .set('User-Agent', agent)
    .send({ email, password })
    .expect(how === 'signup' ? 201 : 200);
  return { id: answer.body.id, email, cookie: cookieOf(answer) };
}
const aNewcomer = () => enter('signup', `${newId()}@example.com`);

const get = ({ cookie }: Visit, path: string, at = auth) =>
  at.request.get(`/api/users/${path}`).set('Cookie', cookie);
const post = ({ cookie }: Visit, path: string, body: object = {}) =>
  auth.request.post(`/api/users/${path}`).set('Cookie', cookie).send(body);
const del = ({ cookie }: Visit, path = '', body?: object) =>
  auth.request.delete(`/api/users${path}`).set('Cookie', cookie).send(body);
const isIn = async (visit: Visit, at = auth) =>
  (await get(visit, 'currentuser', at)).body.currentUser !== null;
type Listed = { id: string; device: string; current: boolean };
const sessionsOf = async (visit: Visit): Promise<Listed[]> => (await get(visit, 'sessions').expect(200)).body;
// Each of the two hears some of the events.
const told = (id: string, { type }: { type: string }) =>
  [auth, replica].flatMap((at) => at.eventsOf(type, id)).at(-1) as
    | { sessions: { sid: string }[] }
    | undefined;

describe('signing out', () => {
  test('ends this session and no other: at once here, in a second or so in other replicas, and it is told', async () => {
    const one = await aNewcomer();
    const other = await enter('signin', one.email);
    const sid = (await sessionsOf(one)).find(({ current }) => current)?.id;
    await post(one, 'signout').expect(200);
    expect([await isIn(one), await isIn(other)]).toEqual([false, true]);
    await eventually(async () => expect(await isIn(one, replica)).toBe(false), 5_000);
    expect(await isIn(other, replica)).toBe(true);
    await eventually(() => expect(told(one.id, SessionRevoked)?.sessions).toMatchObject([{ sid }]));
    expect((await get(one, 'sessions')).status).toBe(401);
    await post(one, 'signout').expect(200);
  });

  test('by a bearer token ends that session too', async () => {
    const ada = await aNewcomer();
    const { jwt } = JSON.parse(Buffer.from(ada.cookie.slice(8), 'base64').toString());
    await auth.request.post('/api/users/signout').set('Authorization', `Bearer ${jwt}`).expect(200);
    expect(await isIn(ada)).toBe(false);
  });

  test('ends a session that an account of an older version had begun', async () => {
    const ada = await aNewcomer();
    await auth.ctx.users.model.collection.updateOne(
      { _id: ada.id as never },
      { $unset: { sessions: '', ended: '' } },
    );
    expect(await isIn(ada)).toBe(true);
    await post(ada, 'signout').expect(200);
    expect(await isIn(ada)).toBe(false);
    expect(await isIn(await enter('signin', ada.email))).toBe(true);
  });

  test('that cannot be stored is answered by 503, and the cookie stays to try again', async () => {
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
  test('says when and where each began, and which is asking', async () => {
    const ada = await aNewcomer();
    const phone = await enter('signin', ada.email, `a phone ${'x'.repeat(300)}`);
    expect(await sessionsOf(phone)).toEqual([
      expect.objectContaining({ device: `a phone ${'x'.repeat(192)}`, current: true }),
      expect.objectContaining({ device: 'a browser', current: false }),
    ]);
  });

  test('is where one of them can be ended, again too, but none of another person: 404', async () => {
    const [ada, eve] = [await aNewcomer(), await aNewcomer()];
    const phone = await enter('signin', ada.email);
    const { id } = (await sessionsOf(phone)).find(({ current }) => current) ?? { id: '' };
    for (const visitor of [eve]) await del(visitor, `/sessions/${id}`).expect(404);
    expect(await isIn(phone)).toBe(true);
    await del(ada, `/sessions/${id}`).expect(204);
    await del(ada, `/sessions/${id}`).expect(204);
    await del(ada, `/sessions/${randomUUID()}`).expect(404);
    await del(ada, '/sessions/none').expect(404);
    expect([await isIn(phone), await isIn(ada)]).toEqual([false, true]);
  });

  test('has all of ten simultaneous sign-ins, and never more than may be open: the oldest ends', async () => {
    const first = await aNewcomer();
    const ten = await Promise.all(Array.from({ length: 10 }, () => enter('signin', first.email)));
    expect(await sessionsOf(first)).toHaveLength(11);
    await enter('signin', first.email);
    expect(await isIn(first)).toBe(true);
    const last = await enter('signin', first.email);
    expect(await isIn(first)).toBe(false);
    expect(await Promise.all(ten.map((visit) => isIn(visit)))).toEqual(Array(10).fill(true));
    expect(await sessionsOf(last)).toHaveLength(12);
  });
});

describe('changing the password', () => {
  const newPassword = 'battery staple';

  test('ends every session, the one that asks too, and begins another', async () => {
    const ada = await aNewcomer();
    const phone = await enter('signin', ada.email);
    const answer = await post(ada, 'password', { password, newPassword }).expect(200);
    expect(answer.body).toEqual({ id: ada.id, email: ada.email });
    const now = { ...ada, cookie: cookieOf(answer) };
    expect([await isIn(ada), await isIn(phone), await isIn(now)]).toEqual([false, false, true]);
    const signIn = (guess: string) =>
      auth.request.post('/api/users/signin').send({ email: ada.email, password: guess });
    await signIn(password).expect(401);
    await signIn(newPassword).expect(200);
  });

  test('needs the present one: 403 wrong-password, counted like failed sign-ins', async () => {
    const ada = await aNewcomer();
    const tries = [];
    for (let count = 0; count < 18; count += 1)
      tries.push(code(await post(ada, 'password', { password: 'wrong horse', newPassword })));
    expect(tries).toContain('403 wrong-password');
    expect(tries.at(-1)).toBe('429 too-many-attempts');
    expect(await isIn(ada)).toBe(true);
  });

  test('asks the same of the new one as signing up', async () => {
    const ada = await aNewcomer();
    const answer = await post(ada, 'password', { password, newPassword: 'short' });
    expect(code(answer)).toBe('400 invalid-input');
  });

  test('leaves no session of who signs in with the old one in the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const ada = await aNewcomer();
      const signIn = auth.request.post('/api/users/signin').send({ email: ada.email, password });
      const [changed, signedIn] = await Promise.all([
        post(ada, 'password', { password, newPassword }).expect(200),
        signIn,
      ]);
      expect([200, 401]).toContain(signedIn.status);
      if (signedIn.status === 200) expect(await isIn({ ...ada, cookie: cookieOf(signedIn) })).toBe(false);
      expect(await sessionsOf({ ...ada, cookie: cookieOf(changed) })).toHaveLength(1);
    }
  });
});

describe('the data of an account', () => {
  test('can be had whole, as a file: account, sessions, and where the rest is', async () => {
    const ada = await aNewcomer();
    await post(await enter('signin', ada.email), 'signout');
    const { body, headers } = await get(ada, 'export').expect(200);
    expect(headers['content-disposition']).toBe('attachment; filename="account.json"');
    expect(body).toEqual({
      account: { id: ada.id, email: ada.email, createdAt: expect.stringMatching(/^20.*Z$/) },
      sessions: await sessionsOf(ada),
      endedSessions: [{ id: expect.any(String), expiresAt: expect.any(String) }],
      elsewhere: expect.objectContaining({ tickets: `/api/tickets?seller=${ada.id}` }),
    });
    expect(JSON.stringify(body)).not.toContain('argon2');
  });

  test('is forgotten at the owner’s word; the address may be used by a new person', async () => {
    const ada = await aNewcomer();
    const phone = await enter('signin', ada.email);
    expect(code(await del(ada, '', { password: 'wrong horse' }))).toBe('403 wrong-password');
    const answer = await del(ada, '', { password }).expect(204);
    expect(cookieOf(answer)).toBe('session=');
    expect([await isIn(ada), await isIn(phone)]).toEqual([false, false]);
    await eventually(() => expect(told(ada.id, UserDeleted)?.sessions).toHaveLength(2));
    const stored = await auth.ctx.users.model.collection.findOne({ _id: ada.id as never });
    expect(stored).toMatchObject({ status: 'deleted' });
    expect(Object.keys(stored ?? {})).not.toContain('passwordHash');
    expect(JSON.stringify(stored)).not.toContain(ada.email);
    await auth.request.post('/api/users/signin').send({ email: ada.email, password }).expect(401);
    expect((await enter('signup', ada.email)).id).not.toBe(ada.id);
  });

  test('may be forgotten of many: the index of addresses lets them be without one', async () => {
    for (const one of [await aNewcomer(), await aNewcomer()]) await del(one, '', { password }).expect(204);
  });
});

describe('a database of an older version', () => {
  test('gets today’s index of addresses, and loses the one that lets only one be without', async () => {
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
