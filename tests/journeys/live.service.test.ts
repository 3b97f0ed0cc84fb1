// Told all: clients that watch tickets miss no change while the processes behind the gateway are replaced.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type DataOf } from '@ticketing/client';
import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest, type TestService } from '@ticketing/common/testing';
import { createGateway } from '../../tools/local/src/gateway.js';
import { service } from '../../tickets/src/service.js';
import type { TicketsContext } from '../../tickets/src/store.js';
import { done } from '../system/person.js';

type Tickets = TestService<TicketsContext>;
type Ticket = DataOf<'showTicket'>;

/** Nothing listens here, so the gateway answers 503. */
const nowhere = 'http://127.0.0.1:9';
const seller = aUser();
const NAMESPACE = `test-${newId()}`;
const running = new Set<Tickets>();
const watching: AbortController[] = [];
/** why a client has stopped watching */
const refusals: unknown[] = [];
let gateway: Server;
let url: string;
/** where the gateway sends requests */
let current: Tickets | undefined;

beforeAll(async () => {
  gateway = createGateway({
    routes: [{ path: '/api/tickets', service: 'tickets-srv' }],
    addressesOf: () => [current?.url ?? nowhere],
    reportsAddress: false,
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
});
afterAll(async () => {
  for (const each of watching) each.abort();
  gateway.close();
  gateway.closeAllConnections();
  for (const each of running) await each.stop();
});

/** A service whose streams begin without a state, and which never reads a document again. */
const forgetful: typeof service = {
  ...service,
  open(base) {
    const { open } = base.live;
    const forget: typeof open = (watch, ...more) => open({ ...watch, read: async () => [] }, ...more);
    Object.assign(base.live, { open: forget, refresh: async () => undefined });
    return service.open(base);
  },
};

async function start(started = service): Promise<Tickets> {
  const tickets = await startForTest(started, { NAMESPACE });
  running.add(tickets);
  return tickets;
}

async function stop(tickets: Tickets): Promise<void> {
  running.delete(tickets);
  await tickets.stop();
}

const clientOf = (to: string) => createClient({ url: to, token: seller.token });
const create = async (count: number) =>
  Promise.all(
    Array.from({ length: count }, () =>
      done(clientOf(url).createTicket({ title: 'Final', price: '10' }), 201),
    ),
  );
const edit = (at: string, { id }: Ticket, title: string) =>
  done(clientOf(at).updateTicket({ ticketId: id, title, price: '10' }), 200);

/** The state of the tickets as a client knows it, from now on. */
function watch(tickets: readonly Ticket[]): ReadonlyMap<string, number> {
  const known = new Map<string, number>();
  const ids = tickets.map(({ id }) => id);
  const ending = new AbortController();
  watching.push(ending);
  void (async () => {
    for await (const { id, version } of createClient({ url }).watchTickets(ids, ending))
      known.set(id, version);
  })().catch((error: unknown) => refusals.push(error));
  return known;
}

test('clients learn the last change although the process is replaced three times under constant edits', async () => {
  current = await start();
  const tickets = await create(5);
  const clients = Array.from({ length: 30 }, () => watch(tickets));
  let isOver = false;
  const editing = (async () => {
    for (let number = 0; !isOver; number += 1) {
      // A stopping process may refuse or drop a request; the next one repeats it.
      await Promise.all(tickets.map((ticket) => edit(url, ticket, `Final ${number}`).catch(() => undefined)));
      await delay(20);
    }
  })();
  for (let replacement = 0; replacement < 3; replacement += 1) {
    await eventually(() => expect(clients.every((known) => known.size === tickets.length)).toBe(true));
    const before = current;
    current = await start();
    await stop(before);
  }
  isOver = true;
  await editing;
  const last = new Map<string, number>();
  for (const { id } of tickets) last.set(id, (await current.ctx.tickets.get(id)).version);
  expect(Math.min(...last.values())).toBeGreaterThan(3);
  await eventually(() => expect(clients).toEqual(clients.map(() => last)));
  expect(refusals).toEqual([]);
});

/** The knowledge of a client after its process stopped, a ticket changed, and another process took over. */
async function takeover(next: typeof service) {
  current ??= await start();
  const [before, [ticket]] = [current, await create(1)];
  if (!ticket) throw new Error('no ticket');
  const known = watch([ticket]);
  await eventually(() => expect(known.get(ticket.id)).toBe(0));
  const after = await start(next);
  current = undefined;
  await stop(before);
  await edit(after.url, ticket, 'Changed in between');
  // The streams that open now are not told about it as something new.
  await eventually(() => expect(after.eventsOf('ticket:updated', ticket.id)).toHaveLength(1));
  current = after;
  return { ticket, known };
}

test('clients learn of a change between the end of a process and the start of the next one', async () => {
  const { ticket, known } = await takeover(service);
  await eventually(() => expect(known.get(ticket.id)).toBe(1));
});

test('control: without the present state at the beginning of a stream, clients miss that change', async () => {
  const { ticket, known } = await takeover(forgetful);
  const metrics = async () => (await fetch(`${current?.url}/metrics`)).text();
  await eventually(async () => expect(await metrics()).toMatch(/^ticketing_streams_open 32$/m));
  expect(known.get(ticket.id)).toBe(0);
});
