// The reads of auth's requests and jobs, with many accounts, sessions, failures and paid orders.

import { randomUUID } from 'node:crypto';
import { OrderCompleted } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest, type TestService } from '@ticketing/common/testing';
import { service } from '../../auth/src/service.js';
import type { AuthContext } from '../../auth/src/store.js';
import { aFailure } from './many-documents.js';
import { fillWith, profilerOf, tooMuch, type ExaminedBy } from './profiler.js';

const many = 100_000;
/** The paid orders of a user, and the sessions that ended in the ten seconds before a refresh. */
const few = 200;
const aLongTime = 600_000;
const password = 'a horse of mine';
const hour = 3_600_000;
const begin = Date.now();
const later = new Date(begin + hour);

let auth: TestService<AuthContext>;
let examinedBy: ExaminedBy;
const ids = Array.from({ length: many }, () => newId());
const emailOf = (n: number) => `user-${n}@example.com`;
const idOf = (n: number) => ids[n % many] ?? '';

beforeAll(async () => {
  auth = await startForTest(service, { MONGO_TIMEOUT_MS: '30000' });
  const { users, paidOrders, signInLimits, mailLimits, passwords } = auth.ctx;
  const source = { use: 'sign-up', network: 'here', account: 'anybody' } as const;
  const passwordHash = await passwords.hash(password, source);
  const { db } = users.model;
  examinedBy = profilerOf(
    [db],
    ['users', 'paidOrders', 'revokedSessions', 'signInFailures', 'mailCounts', 'knownNetworks'],
  );

  await fillWith(users.model.collection, many, (n) => aStoredUser(n, passwordHash));
  await fillWith(paidOrders.model.collection, many, aPaidOrder);
  await fillWith(db.collection('revokedSessions'), many, anEndedSession);
  await fillWith(signInLimits.failures.model.collection, many, aFailure);
  await fillWith(mailLimits.counts.model.collection, many, aFailure);
  await fillWith(signInLimits.knownNetworks.model.collection, many, () => ({ _id: newId(), until: later }));
  // Each process reads all ended sessions once, at its start.
  await auth.ctx.revokedSessions.refresh();
}, aLongTime);
afterAll(() => auth.stop());

const bookkeeping = { outbox: [], history: [], changedAt: new Date(0) };

// A tenth of the accounts are deleted, and a tenth are blocked.
function aStoredUser(n: number, passwordHash: string): object {
  const ended = [{ sid: randomUUID(), expiresAt: later }];
  const common = { _id: idOf(n), version: 1, ended, ...bookkeeping };
  if (n % 10 === 9) return { ...common, status: 'deleted', sessions: [] };
  const sessions = Array.from({ length: 3 }, () => ({
    ...{ sid: randomUUID(), startedAt: new Date(begin), expiresAt: later, device: 'a browser' },
  }));
  return {
    ...common,
    ...{ email: emailOf(n), passwordHash },
    ...(n % 10 === 8 ? { status: 'blocked', sessions: [] } : { sessions }),
  };
}

// Every second one was refunded. One user has fifty.
const aPaidOrder = (n: number) => ({
  ...{ _id: newId(), userId: n < 50 ? idOf(0) : idOf(n), version: 1, ...bookkeeping },
  ...(n % 2 === 1 && { endedAt: new Date(begin) }),
});

// Ten a second.
const anEndedSession = (n: number) => ({
  ...{ _id: randomUUID(), expiresAt: later, storedAt: new Date(begin - n * 100) },
});

const post = (path: string, body: object, cookie = '') =>
  auth.request.post(`/api/users/${path}`).set('Cookie', cookie).send(body);
const sessionOf = (n: number) => aUser({ id: idOf(n), email: emailOf(n) }).cookie;
const show = (path: string, n: number) =>
  auth.request.get(`/api/users/${path}`).set('Cookie', sessionOf(n)).expect(200);

// Each path, the collection that it must have read, and the request or job.
const paths: [what: string, reads: RegExp, work: () => Promise<unknown>][] = [
  ['signs up', /users/, async () => post('signup', { email: 'new@example.com', password }).expect(201)],
  [
    'refuses a taken address',
    /users/,
    async () => post('signup', { email: emailOf(1), password }).expect(409),
  ],
  ['signs in', /knownNetworks/, async () => post('signin', { email: emailOf(2), password }).expect(200)],
  ['asks for a reset', /mailCounts/, async () => post('password-resets', { email: emailOf(12) }).expect(202)],
  ['refuses a password', /signInFailures/, () => refuse(emailOf(3))],
  ['refuses an unknown address', /signInFailures/, () => refuse('nobody@example.com')],
  ['lists sessions', /users/, () => show('sessions', 4)],
  ['ends a session', /users/, endSession],
  ['signs out', /users/, async () => post('signout', {}, sessionOf(6)).expect(200)],
  ['changes a password', /users/, changePassword],
  ['exports an account', /paidOrders/, () => show('export', 0)],
  ['deletes an account', /paidOrders/, deleteAccount],
  ['finds an account for an operator', /users/, () => auth.ctx.users.findByEmailOrId(emailOf(11))],
  ['records a paid order', /paidOrders/, recordPaidOrder],
  ['reads what other processes ended', /revokedSessions/, () => auth.ctx.revokedSessions.refresh()],
  ['sweeps the outboxes', /users/, sweepOutboxes],
];

const refuse = async (email: string) => post('signin', { email, password: 'wrong horse' }).expect(401);

async function endSession() {
  const [{ id }] = (await show('sessions', 5)).body as [{ id: string }];
  await auth.request.delete(`/api/users/sessions/${id}`).set('Cookie', sessionOf(5)).expect(204);
}

async function changePassword() {
  await post('password', { password, newPassword: 'another horse of mine' }, sessionOf(7)).expect(200);
}

async function deleteAccount() {
  const body = { password, acceptLossOfTickets: true };
  await auth.request.delete('/api/users').set('Cookie', sessionOf(10)).send(body).expect(204);
}

async function recordPaidOrder() {
  const id = newId();
  const ticket = { id: newId() };
  const order = { id, userId: idOf(12), version: 1, ticket, expiresAt: later.toISOString() };
  await auth.publish(OrderCompleted({ ...order, status: 'complete' }));
  await eventually(async () => expect(await auth.ctx.paidOrders.findIdsOf(idOf(12))).toContain(id));
}

async function sweepOutboxes() {
  for (const outbox of auth.storage.outboxes) {
    await outbox.pending(new Date(), 500);
    await outbox.depth();
  }
}

test.each(paths)(
  'with 100,000 of everything, auth examines only what it needs when it %s',
  async (_what, reads, work) => {
    const examined = await examinedBy(work);
    expect(examined.filter(({ ns }) => reads.test(ns))).not.toEqual([]);
    expect(examined.filter(tooMuch(few))).toEqual([]);
  },
);

test('a query without an index examines everything (the control of the tests above)', async () => {
  const { model } = auth.ctx.users;
  const examined = await examinedBy(() => model.collection.findOne({ device: 'unknown' }));
  expect(examined.filter(tooMuch(few))).toMatchObject([{ plan: 'COLLSCAN', documents: expect.any(Number) }]);
});
