import { jobCause } from '@ticketing/common/observability';
import { eventually, startForTest } from '@ticketing/common/testing';
import { service } from '../service.js';
import { clientOf, orderFor, storeTicket, type Tickets } from '../testing/start.js';
import { withdrawPast } from './withdraw-past.js';

const hour = 3_600_000;
let tickets: Tickets;
beforeAll(async () => {
  tickets = await startForTest({ ...service, jobs: () => [] });
});
afterAll(() => tickets.stop());

const { becomes } = clientOf(() => tickets);
const run = () =>
  withdrawPast(tickets.ctx)({ cause: jobCause('test'), signal: new AbortController().signal } as never);

/** Lists a ticket for an event that began this long ago. */
async function aTicketFor(agoMs: number, quantity?: number): Promise<string> {
  const startsAt = new Date(Date.now() - agoMs);
  const event = { name: 'Cup final', venue: 'Wembley', startsAt, timeZone: 'Europe/London' };
  return (await storeTicket(tickets.ctx, { event, quantity })).id;
}

test('a ticket is withdrawn a day after its event began, and others stay for sale', async () => {
  const [past, today, next] = [
    await aTicketFor(24 * hour + 60_000),
    await aTicketFor(23 * hour),
    await aTicketFor(-hour),
  ];
  await run();
  await becomes(past, { status: 'withdrawn' });
  await becomes(today, { status: 'available' });
  await becomes(next, { status: 'available' });
  await eventually(() => expect(tickets.eventsOf('ticket:withdrawn', past)).toHaveLength(1));
});

test('the orders of a ticket stay valid, and a place that becomes free is not for sale again', async () => {
  const past = await aTicketFor(48 * hour, 2);
  const order = orderFor(past);
  await tickets.publish(order.created);
  await becomes(past, { available: 1 });
  await run();
  await becomes(past, { status: 'withdrawn', available: 0 });
  await tickets.publish(order.cancelled);
  await eventually(async () =>
    expect(await tickets.ctx.tickets.get(past)).toMatchObject({ held: { reserved: 0 } }),
  );
  await becomes(past, { status: 'withdrawn', available: 0 });
});
