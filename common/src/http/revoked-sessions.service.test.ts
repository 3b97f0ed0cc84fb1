// Revoked sessions in several processes of one service.

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

/** The same service without the refresh of sessions that other processes stored. */
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

function aUserWithSession(more: { id?: string } = {}) {
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

describe('a session that auth has revoked', () => {
  test('is soon refused by every process, and counts as anonymous on public routes', async () => {
    const ann = aUserWithSession();
    expect([await statusIn(one, ann), await statusIn(other, ann)]).toEqual([200, 200]);
    await revoke(ann);
    for (const replica of [one, other])
      await eventually(async () => expect(await statusIn(replica, ann)).toBe(401));
    const { body } = await one.request.get('/me').set('Cookie', ann.cookie).expect(200);
    expect(body).toEqual({ user: null });
  });

  test('is refused only by the process that received it, without the refresh (the control of the test above)', async () => {
    const stale = await startForTest(withoutRefresh, { NAMESPACE });
    try {
      const ann = aUserWithSession();
      await one.ctx.revokedSessions.add([ended(ann.sid)]);
      await eventually(async () => expect(await statusIn(other, ann)).toBe(401));
      expect(await statusIn(stale, ann)).toBe(200);
    } finally {
      await stale.stop();
    }
  });

  test('does not affect other sessions of the same user', async () => {
    const ann = aUserWithSession();
    const elsewhere = aUserWithSession({ id: ann.id });
    await revoke(ann);
    await eventually(async () => expect(await statusIn(one, ann)).toBe(401));
    await eventually(async () => expect(await statusIn(other, ann)).toBe(401));
    expect([await statusIn(one, elsewhere), await statusIn(other, elsewhere)]).toEqual([200, 200]);
  });

  test('is refused by a process that starts later, from its first answer on', async () => {
    const ann = aUserWithSession();
    await one.ctx.revokedSessions.add([ended(ann.sid)]);
    const later = await startForTest(withoutRefresh, { NAMESPACE });
    expect(await statusIn(later, ann)).toBe(401);
    await later.stop();
  });

  test('is found even if it was stored with a time seconds behind', async () => {
    const [ann, ben] = [aUserWithSession(), aUserWithSession()];
    await one.ctx.revokedSessions.add([ended(ben.sid)]);
    await eventually(async () => expect(await statusIn(other, ben)).toBe(401));
    const late = { _id: ann.sid, expiresAt: inHours(12), storedAt: new Date(Date.now() - 5_000) };
    await one.ctx.database.connection.collection('revokedSessions').insertOne(late as never);
    await eventually(async () => expect(await statusIn(other, ann)).toBe(401));
  });

  test('is found even if an earlier one was stored by a primary whose clock was ahead', async () => {
    const [ann, ben] = [aUserWithSession(), aUserWithSession()];
    const ahead = { _id: ben.sid, expiresAt: inHours(12), storedAt: inHours(1) };
    await one.ctx.database.connection.collection('revokedSessions').insertOne(ahead as never);
    await eventually(async () => expect(await statusIn(other, ben)).toBe(401));
    await one.ctx.revokedSessions.add([ended(ann.sid)]);
    await eventually(async () => expect(await statusIn(other, ann)).toBe(401));
  });

  test('is stored once, however often it arrives at once', async () => {
    const ann = aUserWithSession();
    const replicas = Array.from({ length: 20 }, (_, count) => (count % 2 ? one : other));
    await Promise.all(replicas.map(({ ctx }) => ctx.revokedSessions.add([ended(ann.sid)])));
    const stored = one.ctx.database.connection.collection('revokedSessions');
    expect(await stored.countDocuments({ _id: ann.sid as never })).toBe(1);
  });

  test('is deleted by MongoDB after its token has expired, and is not stored later', async () => {
    const stored = one.ctx.database.connection.collection('revokedSessions');
    expect(await stored.indexes()).toContainEqual(
      expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 3_600 }),
    );
    const sid = randomUUID();
    await one.ctx.revokedSessions.add([{ sid, expiresAt: inHours(-2) }]);
    expect(await stored.countDocuments({ _id: sid as never })).toBe(0);
  });
});

describe('the list of revoked sessions', () => {
  test('survives an outage of the database', async () => {
    const replica = await startForTest(service);
    const ann = aUserWithSession();
    await replica.ctx.revokedSessions.add([ended(ann.sid)]);
    await replica.ctx.database.connection.close();
    expect(await statusIn(replica, ann)).toBe(401);
    expect(await statusIn(replica, aUserWithSession())).toBe(200);
    await replica.stop();
  });

  test('must be loaded before users are accepted: 503 until then', async () => {
    const MONGO_URI = 'mongodb://127.0.0.1:9/?replicaSet=none';
    const { url, stop } = await startService(service, testEnv({ MONGO_URI }), { driver });
    const Authorization = `Bearer ${aUser().token}`;
    expect((await fetch(`${url}/mine`, { headers: { Authorization } })).status).toBe(503);
    expect((await fetch(`${url}/mine`)).status).toBe(401);
    await stop();
  });
});
