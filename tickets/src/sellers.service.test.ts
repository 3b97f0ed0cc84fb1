// The name of the seller beside each ticket, from a copy of what auth publishes.

import { UserCreated, UserDeleted, UserUpdated, type DomainEvent } from '@ticketing/common/events';
import { jobCause } from '@ticketing/common/observability';
import { aUser, eventually, startForTest, startProfile } from '@ticketing/common/testing';
import { service } from './service.js';
import { clientOf, type Tickets } from './testing/start.js';

let tickets: Tickets;
/** another process of the service */
let replica: Tickets;

beforeAll(async () => {
  tickets = await startForTest(service);
  replica = await startForTest(service, { NAMESPACE: tickets.env['NAMESPACE'] });
});
afterAll(async () => {
  await replica.stop();
  await tickets.stop();
});

const { aTicket, show, put } = clientOf(() => tickets);
const offer = { title: 'Final', price: '19.99' };
const email = 'ada@example.com';

const profile = (id: string, version: number, name?: string) => ({
  ...{ id, version, email, emailVerified: true, locale: 'de' as const, timeZone: 'Europe/Berlin' },
  ...(name !== undefined && { name }),
});
const created = (id: string, name?: string) => UserCreated(profile(id, 0, name));
const updated = (id: string, version: number, name?: string) => UserUpdated(profile(id, version, name));
const deleted = (id: string, version: number) => UserDeleted({ id, version, sessions: [] });

/** Hands events to the service, one after the other. */
async function deliver(...events: DomainEvent[]): Promise<void> {
  const subscriptions = service.subscriptions?.(tickets.ctx) ?? [];
  for (const { type, data } of events) {
    const subscription = subscriptions.find(({ event }) => event.type === type);
    const about = { id: 'test', time: new Date(), cause: jobCause('test') };
    await subscription?.handle({ data, ...about } as never);
  }
}

const stored = (id: string) => tickets.ctx.sellers.model.collection.findOne({ _id: id as never });
const nameOf = async (ticketId: string) => (await show(ticketId)).seller.name as string | undefined;

test('a ticket shows its seller by name wherever it appears', async () => {
  const user = aUser();
  await tickets.publish(created(user.id));
  await tickets.publish(updated(user.id, 3, 'Ada'));
  const seller = { id: user.id, name: 'Ada' };
  const { id } = await eventually(async () => {
    const ticket = await aTicket(offer, user);
    expect(ticket).toMatchObject({ userId: user.id, seller });
    return ticket;
  });
  expect(await show(id)).toMatchObject({ userId: user.id, seller });
  for (const query of ['?limit=1', `?seller=${user.id}`, '?q=final&sort=-price&limit=1'])
    expect((await tickets.request.get(`/api/tickets${query}`).expect(200)).body[0]).toMatchObject({ seller });
  expect((await put(id, { ...offer, title: 'The final' }, user).expect(200)).body).toMatchObject({ seller });
});

test('a seller of whom no event has arrived, or who has given no name, is shown by id alone', async () => {
  const [unknown, nameless] = [aUser(), aUser()];
  await deliver(created(nameless.id));
  for (const user of [unknown, nameless]) {
    const { id } = await aTicket(offer, user);
    expect((await show(id)).seller).toEqual({ id: user.id });
  }
});

test('only id, version and name of a profile are stored', async () => {
  const { id } = aUser();
  await deliver(updated(id, 3, 'Ada'));
  const document = await stored(id);
  const bookkeeping = { outbox: [], history: [], changedAt: expect.any(Date) };
  expect(document).toEqual({ _id: id, version: 3, name: 'Ada', ...bookkeeping });
});

test('the newest name stays after duplicates and disorder', async () => {
  const user = aUser();
  const { id } = await aTicket(offer, user);
  await deliver(updated(user.id, 4, 'Ada Lovelace'), updated(user.id, 2, 'Ada'), created(user.id));
  expect(await nameOf(id)).toBe('Ada Lovelace');
  await deliver(
    updated(user.id, 4, 'Ada Lovelace'),
    updated(user.id, 5),
    updated(user.id, 4, 'Ada Lovelace'),
  );
  expect(await nameOf(id)).toBeUndefined();
});

test('a deleted account has no name at once in every process, and a late event does not bring it back', async () => {
  const user = aUser();
  const { id } = await aTicket(offer, user);
  await deliver(updated(user.id, 4, 'Ada'));
  const shown = () => Promise.all([tickets, replica].map(({ request }) => request.get(`/api/tickets/${id}`)));
  for (const { body } of await shown()) expect(body.seller).toEqual({ id: user.id, name: 'Ada' });

  await deliver(deleted(user.id, 5));
  for (const { body } of await shown()) expect(body.seller).toEqual({ id: user.id });
  await deliver(updated(user.id, 4, 'Ada'), created(user.id, 'Ada'));
  for (const { body } of await shown()) expect(body.seller).toEqual({ id: user.id });
  expect(JSON.stringify(await stored(user.id))).not.toContain('Ada');
});

test('a deleted account whose other events arrive later never has a name', async () => {
  const user = aUser();
  const { id } = await aTicket(offer, user);
  await deliver(deleted(user.id, 5), updated(user.id, 4, 'Ada'), created(user.id, 'Ada'));
  expect(await nameOf(id)).toBeUndefined();
});

test('a new name is a new ETag, and the version alone guards an edit', async () => {
  const user = aUser();
  const { id } = await aTicket(offer, user);
  const get = (tag: string) => tickets.request.get(`/api/tickets/${id}`).set('If-None-Match', tag);
  await get('"0"').expect(304);
  await deliver(updated(user.id, 4, 'Ada'));
  expect((await get('"0"').expect(200)).get('ETag')).toBe('"0.4"');
  await get('"0.4"').expect(304);
  await deliver(deleted(user.id, 5));
  await get('"0.4"').expect(200);

  const other = aUser();
  const mine = await aTicket(offer, other);
  await deliver(updated(other.id, 4, 'Ann'));
  const edit = (tag: string) => put(mine.id, { ...offer, title: 'x' }, other).set('If-Match', tag);
  await edit('"1.4"').expect(412);
  await edit('"0.3"').expect(200);
});

test('a page of the list reads its sellers in one query, whatever their number', async () => {
  const sellers = Array.from({ length: 60 }, () => aUser());
  await Promise.all(sellers.map((user) => aTicket({ title: 'Crowded', price: '5' }, user)));
  await deliver(...sellers.slice(0, 50).map(({ id }) => updated(id, 1, `Seller ${id}`)));
  const { db } = tickets.ctx.sellers.model.db;
  if (!db) throw new Error('not connected');
  const end = await startProfile(db, { ns: `${db.databaseName}.sellers`, op: 'query' });
  const page = await tickets.request.get('/api/tickets?q=crowded&limit=100').expect(200);
  const done = await end();
  expect(page.body.filter(({ seller }: { seller: object }) => 'name' in seller)).toHaveLength(50);
  expect(done).toMatchObject([{ docsExamined: 50, nreturned: 50 }]);
});

test('a ticket that a seller lists while the account is deleted is not for sale', async () => {
  const user = aUser();
  await deliver(deleted(user.id, 3));
  // This process has not learned yet that the session has ended.
  const { id } = await aTicket(offer, user);
  expect(await show(id)).toMatchObject({ status: 'withdrawn', available: 0 });
});
