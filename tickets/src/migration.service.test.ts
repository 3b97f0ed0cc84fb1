// Documents of the previous release, and its pods beside this one. Such a pod keeps a map `holds` of orders in the ticket,
// derives status and holder from it, and knows neither holdings nor places.

import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { startForTest } from '@ticketing/common/testing';
import { keysOf } from './domain/search.js';
import type { Hold } from './domain/places.js';
import type { Ticket } from './domain/ticket.js';
import { countUncounted } from './jobs/count-uncounted.js';
import { service } from './service.js';
import { clientOf, orderFor, orderOf, seller, type Tickets } from './testing/start.js';

let tickets: Tickets;

beforeAll(async () => {
  tickets = await startForTest({ ...service, jobs: () => [] });
});
afterAll(() => tickets.stop());

const { aTicket, show, becomes, put } = clientOf(() => tickets);
const expiresAt = new Date(Date.now() + 900_000);
const hold = (status: Hold['status'], version = status === 'created' ? 0 : 1): Hold => ({
  ...{ version, status, expiresAt },
});

type OldTicket = Pick<Ticket, 'status' | 'orderId' | 'holds' | 'forgottenUntil'>;

/** Stores a ticket as the previous release does. */
async function anOldTicket(state: OldTicket): Promise<string> {
  const offer = { title: 'Final', priceInMinorUnits: 1_999, currency: 'usd', userId: seller.id } as const;
  const ticket: Ticket = { id: newId(), ...offer, ...state, offered: { since: 0, at: 3 }, version: 3 };
  const { id, ...fields } = ticket;
  const document = {
    _id: id,
    ...fields,
    keys: keysOf(ticket),
    outbox: [],
    history: [],
    changedAt: new Date(),
  };
  await tickets.ctx.tickets.model.collection.insertOne(document as never, { ignoreUndefined: true });
  return id;
}

/** A write of a pod of the previous release. */
async function writeAsOldPod(id: string, state: OldTicket): Promise<void> {
  const { version } = await show(id);
  const next = { ...state, version: version + 1, offered: { since: 0, at: version + 1 } };
  await tickets.ctx.tickets.model.collection.updateOne({ _id: id as never, version }, { $set: next });
}

const stored = async (id: string) => tickets.ctx.tickets.model.collection.findOne({ _id: id as never });
const holdingsOf = async (id: string) => {
  const found = await tickets.ctx.tickets.holdings.model.find({ ticketId: id }).lean();
  return Object.fromEntries(found.map(({ orderId, status }) => [orderId, status]));
};
const run = () =>
  countUncounted(tickets.ctx)({ cause: jobCause('test'), signal: new AbortController().signal });

describe('a ticket of the previous release', () => {
  test('reads as one place', async () => {
    const id = await anOldTicket({ status: 'available', holds: {} });
    expect(await show(id)).toMatchObject({ status: 'available', quantity: 1, available: 1 });
    const sold = await anOldTicket({ status: 'sold', orderId: newId(), holds: {} });
    expect(await show(sold)).toMatchObject({ status: 'sold', quantity: 1, available: 0 });
  });

  test.each(['at its next event', 'by the job'])('keeps its orders, which are stored %s', async (when) => {
    const [holder, ended] = [newId(), newId()];
    const holds = { [holder]: hold('created'), [ended]: hold('cancelled') };
    const id = await anOldTicket({ status: 'reserved', orderId: holder, holds });
    if (when === 'by the job') {
      await run();
      expect(await stored(id)).toMatchObject({ version: 3, held: { reserved: 1, at: 3 } });
      expect(tickets.eventsOf('ticket:updated', id)).toEqual([]);
    }

    await tickets.publish(orderFor(id, ended).created);
    await tickets.publish(orderFor(id, holder).completed);
    await becomes(id, { status: 'sold', orderId: holder });
    expect(await holdingsOf(id)).toEqual({ [holder]: 'complete', [ended]: 'cancelled' });
    await tickets.publish(orderFor(id, holder).refunded);
    await becomes(id, { status: 'available' });
  });

  test('does not revive an order that the previous release has forgotten', async () => {
    const id = await anOldTicket({
      status: 'available',
      holds: {},
      forgottenUntil: new Date(Date.now() + 1e6),
    });
    await tickets.publish(orderFor(id).created);
    const other = orderFor(id);
    await tickets.publish(other.completed);
    await becomes(id, { status: 'sold', orderId: other.id, version: 4 });
  });

  test('that is sold can get more places', async () => {
    const holder = newId();
    const id = await anOldTicket({ status: 'sold', orderId: holder, holds: { [holder]: hold('complete') } });
    const { body } = await put(id, { title: 'Final', price: '19.99', quantity: 3, version: 3 }).expect(200);
    expect(body).toMatchObject({ quantity: 3, available: 2, version: 4 });
    expect(await holdingsOf(id)).toEqual({ [holder]: 'complete' });
  });
});

describe('beside a pod of the previous release', () => {
  test('a held ticket of one place shows it the holder, so that another order’s end does not release it', async () => {
    const { id } = await aTicket();
    expect(await stored(id)).toMatchObject({ holds: {} });
    const order = orderFor(id);
    await tickets.publish(order.created);
    await becomes(id, { status: 'reserved' });
    expect((await stored(id))?.['holds']).toEqual({
      [order.id]: { ...hold('created'), expiresAt: expect.any(Date) },
    });
    await tickets.publish(order.cancelled);
    await becomes(id, { status: 'available' });
    expect((await stored(id))?.['holds']).toEqual({});
  });

  test('the hold that it has written stays when another order ends', async () => {
    const { id } = await aTicket();
    const holder = newId();
    await writeAsOldPod(id, { status: 'reserved', orderId: holder, holds: { [holder]: hold('created') } });
    expect(await show(id)).toMatchObject({ status: 'reserved', available: 0 });
    await tickets.publish(orderFor(id).cancelled);
    await becomes(id, { status: 'reserved', orderId: holder, version: 2 });
    expect(await holdingsOf(id)).toMatchObject({ [holder]: 'created' });
  });

  test('the end that it has written stays when an earlier event of the order comes late', async () => {
    const { id } = await aTicket();
    const order = orderFor(id);
    await tickets.publish(order.created);
    await becomes(id, { status: 'reserved' });
    await writeAsOldPod(id, {
      status: 'available',
      orderId: undefined,
      holds: { [order.id]: hold('cancelled') },
    });
    await tickets.publish(order.created, { repeat: true });
    await becomes(id, { status: 'available', version: 3 });
    expect(await holdingsOf(id)).toEqual({ [order.id]: 'cancelled' });
  });

  test('an order that it revives is released by the job', async () => {
    const { id } = await aTicket();
    const order = orderFor(id);
    await tickets.publish(order.cancelled);
    await becomes(id, { version: 1 });
    await writeAsOldPod(id, {
      status: 'reserved',
      orderId: order.id,
      holds: { [order.id]: hold('created') },
    });
    await run();
    expect(await show(id)).toMatchObject({ status: 'available', version: 3 });
    expect((await show(id)).orderId).toBeUndefined();
  });

  test('a ticket of many places is counted again after its write', async () => {
    const { id } = await aTicket({ title: 'Final', price: '19.99', quantity: 5 });
    await tickets.publish(orderOf({ [id]: [0, 1] }).created);
    await becomes(id, { available: 3 });
    const other = newId();
    await writeAsOldPod(id, { status: 'reserved', orderId: other, holds: { [other]: hold('created') } });
    expect(await show(id)).toMatchObject({ status: 'reserved', quantity: 5 });
    await run();
    expect(await show(id)).toMatchObject({ status: 'available', available: 3, quantity: 5 });
    expect(await stored(id)).toMatchObject({ holds: {} });
  });
});
