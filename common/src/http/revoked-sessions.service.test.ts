// A session that was ended, in several processes of one service.

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { SessionRevoked } from '../events/users.js';
import { newId } from '../id.js';
import { aUser, driver, eventually, startForTest, testEnv, type TestService } from '../testing/index.js';
import { aRoute, aService, type ThingsContext } from '../testing/things.js';
import { startService } from '../service/start.js';
import { ok } from './answers.js';
import { get, handle, optional, required } from './route.js';

const answers = { 200: z.unknown() };
const service = aService({
  routes: () => [
    get(
      '/mine',
      handle({ ...aRoute, user: required, answers }, async () => ok({})),
    ),
    get(
      '/me',
      handle({ ...aRoute, user: optional, answers }, async ({ user }) => ok({ user: user?.id ?? null })),
    ),
  ],
});

/** The same service, but its job never loads what other processes have stored. */
const withoutRefresh: typeof service = {
  ...service,
  open(base) {
    const { storage, ctx } = service.open(base);
    const revokedSessions = { ...ctx.revokedSessions, refresh: () => Promise.resolve() };
    return { storage: { ...storage, revokedSessions }, ctx };
  },
};

const NAMESPACE = `test-${newId()}`;
let one: TestService<ThingsContext>, other: TestService<ThingsContext>;

beforeAll(async () => {
  one = await startForTest(service, { NAMESPACE });
  other = await startForTest(service, { NAMESPACE });
});
afterAll(() => Promise.all([one.stop(), other.stop()]));

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);
const ended = (sid: string) => ({ sid, expiresAt: inHours(12) });

function someone(more: { id?: string } = {}) {
  const sid = randomUUID();
  return { ...aUser({ ...more, sid }), sid };
}

const statusIn = async ({ request }: TestService<ThingsContext>, { token }: { token: string }) =>
  (await request.get('/mine').set('Authorization', `Bearer ${token}`)).status;

const revoke = ({ id, sid }: { id: string; sid: string }, version = 1) => {
  const { expiresAt, ...session } = ended(sid);
  const sessions = [{ ...session, expiresAt: expiresAt.toISOString() }];
  return one.publish(SessionRevoked({ id, version, sessions }));
};

describe('a session that auth says is ended', () => {
  test('is refused by every process of a service within five seconds, and is nobody where nobody may ask', async () => {
    const ann = someone();
    expect([await statusIn(one, ann), await statusIn(other, ann)]).toEqual([200, 200]);
    await revoke(ann);
    for (const replica of [one, other])
      await eventually(async () => expect(await statusIn(replica, ann)).toBe(401), 5_000);
    const { body } = await one.request.get('/me').set('Cookie', ann.cookie).expect(200);
    expect(body).toEqual({ user: null });
  });

  test('…and without looking for what others have stored, only by the one that was told', async () => {
    const forgetful = await startForTest(withoutRefresh, { NAMESPACE });
    try {
      const ann = someone();
      await one.ctx.revokedSessions.add([ended(ann.sid)]);
      await eventually(async () => expect(await statusIn(other, ann)).toBe(401));
      expect(await statusIn(forgetful, ann)).toBe(200);
    } finally {
      await forgetful.stop();
    }
  });

  test('says nothing about other sessions of the same user', async () => {
    const ann = someone();
    const elsewhere = someone({ id: ann.id });
    await revoke(ann);
    await eventually(async () => expect(await statusIn(one, ann)).toBe(401));
    await eventually(async () => expect(await statusIn(other, ann)).toBe(401));
    expect([await statusIn(one, elsewhere), await statusIn(other, elsewhere)]).toEqual([200, 200]);
  });

  test('is remembered by a process that starts later, from its first answer on', async () => {
    const ann = someone();
    await one.ctx.revokedSessions.add([ended(ann.sid)]);
    const later = await startForTest(withoutRefresh, { NAMESPACE });
    expect(await statusIn(later, ann)).toBe(401);
    await later.stop();
  });

  test('is found though it was stored by a clock, or a write, that is seconds behind', async () => {
    const [ann, ben] = [someone(), someone()];
    await one.ctx.revokedSessions.add([ended(ben.sid)]);
    await eventually(async () => expect(await statusIn(other, ben)).toBe(401));
    const late = { _id: ann.sid, expiresAt: inHours(12), storedAt: new Date(Date.now() - 5_000) };
    await one.ctx.database.connection.collection('revokedSessions').insertOne(late as never);
    await eventually(async () => expect(await statusIn(other, ann)).toBe(401), 5_000);
  });

  test('may be told again, by many at once, and stays one', async () => {
    const ann = someone();
    const tellers = Array.from({ length: 20 }, (_, count) => (count % 2 ? one : other));
    await Promise.all(tellers.map(({ ctx }) => ctx.revokedSessions.add([ended(ann.sid)])));
    const stored = one.ctx.database.connection.collection('revokedSessions');
    expect(await stored.countDocuments({ _id: ann.sid as never })).toBe(1);
  });

  test('is cleared up by MongoDB when its token has expired, and is not even stored after that', async () => {
    const stored = one.ctx.database.connection.collection('revokedSessions');
    expect(await stored.indexes()).toContainEqual(
      expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 3_600 }),
    );
    const sid = randomUUID();
    await one.ctx.revokedSessions.add([{ sid, expiresAt: inHours(-2) }]);
    expect(await stored.countDocuments({ _id: sid as never })).toBe(0);
  });
});

describe('what is known of ended sessions', () => {
  test('stays known while the database is away', async () => {
    const replica = await startForTest(service);
    const ann = someone();
    await replica.ctx.revokedSessions.add([ended(ann.sid)]);
    await replica.ctx.database.connection.close();
    expect(await statusIn(replica, ann)).toBe(401);
    expect(await statusIn(replica, someone())).toBe(200);
    await replica.stop();
  });

  test('must be known before anybody is let in: 503 until then', async () => {
    const MONGO_URI = 'mongodb://127.0.0.1:9/?replicaSet=none';
    const { url, stop } = await startService(service, testEnv({ MONGO_URI }), { driver });
    const Authorization = `Bearer ${aUser().token}`;
    expect((await fetch(`${url}/mine`, { headers: { Authorization } })).status).toBe(503);
    expect((await fetch(`${url}/mine`)).status).toBe(401);
    await stop();
  });
});
