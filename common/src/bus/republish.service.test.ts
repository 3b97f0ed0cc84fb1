// A broker that restarts without messages that it had confirmed.

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../testing/free-port.js';
import { startOwnServer } from '../testing/servers/start.js';
import { Schema } from 'mongoose';
import type { z } from 'zod';
import { eventually, startForTest } from '../testing/index.js';
import { accept, already, type Decision } from '../decision.js';
import { BaseConfig, DatabaseConfig } from '../service/config.js';
import { TicketUpdated } from '../events/tickets.js';
import { newId } from '../id.js';
import { mongodb } from '../service/mongodb.js';
import { defineService, type Base } from '../service/service.js';
import { jobCause } from '../observability/trace.js';
import { on } from './subscription.js';

type Ticket = Readonly<{ id: string; title: string; version: number }>;

const toEvent = ({ id, title, version }: Ticket) =>
  TicketUpdated({ id, version, title, price: '1.00', currency: 'usd', userId: id });

const rename = (ticket: Ticket | undefined, id: string, title: string): Decision<Ticket> => {
  if (ticket?.title === title) return already(ticket);
  const next: Ticket = { id, title, version: ticket ? ticket.version + 1 : 0 };
  return accept(next, toEvent(next));
};

const Config = BaseConfig.extend(DatabaseConfig.shape);

/** Owns tickets, and records the ticket updates of every service. */
const aService = (republishes: boolean) =>
  defineService({
    name: 'republishing',
    config: Config,
    storage: (base: Base<z.infer<typeof Config>>) => {
      const { brokerIdentity, ...storage } = mongodb(base);
      return { ...storage, ...(republishes && { brokerIdentity }) };
    },
    sessions: false,
    open: ({ collection }) => ({
      received: [] as string[],
      tickets: collection<Ticket>({ name: 'ticket', schema: new Schema({ title: String }), toEvent }),
    }),
    subscriptions: (ctx) => [
      on(TicketUpdated, async ({ data }) => {
        ctx.received.push(data.title);
      }),
    ],
  });

let dir: string;
const started: (() => Promise<void>)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ticketing-broker-'));
});
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
  await rm(dir, { recursive: true, force: true });
});

async function aBroker() {
  const port = await freePort();
  const start = async () => startOwnServer('nats', { port, dir, say: () => undefined });
  let server = await start();
  started.push(() => server.child.stop());
  return {
    url: server.url,
    async restart(whileStopped: () => Promise<void>) {
      await server.child.stop();
      await whileStopped();
      server = await start();
    },
  };
}

async function aServiceOnItsOwnBroker({ republishes = true } = {}) {
  const broker = await aBroker();
  const service = await startForTest(aService(republishes), { NATS_URL: broker.url });
  started.push(() => service.stop());
  const { tickets } = service.ctx;
  const id = newId();
  return {
    broker,
    ...service,
    renameTo: (title: string) =>
      tickets.changeOrCreate(id, (ticket) => rename(ticket, id, title), jobCause('test')),
    publishedEvents: () => service.eventsOf('ticket:updated', id).length,
    known: () => service.storage.brokerIdentity?.read(),
  };
}

describe('a broker that lost its store', () => {
  const loseEverything = () => rm(join(dir, 'jetstream'), { recursive: true });

  test('receives the recent changes again', async () => {
    const service = await aServiceOnItsOwnBroker();
    await service.renameTo('Concert');
    await eventually(async () => expect(await service.known()).toBeDefined());
    await eventually(() => expect(service.publishedEvents()).toBe(1));

    await service.broker.restart(loseEverything);

    await eventually(() => expect(service.publishedEvents()).toBe(2), 20_000);
  });

  test('control: without republishing, only new events arrive', async () => {
    const service = await aServiceOnItsOwnBroker({ republishes: false });
    await service.renameTo('Concert');
    await eventually(() => expect(service.publishedEvents()).toBe(1));

    await service.broker.restart(loseEverything);

    await eventually(() => expect(service.bus.connectedSince()).toBeDefined(), 20_000);
    await service.renameTo('Concert, first row');
    await eventually(() => expect(service.ctx.received).toEqual(['Concert', 'Concert, first row']), 20_000);
  });
});

// Without the guard, this test fails on nats-server 2.12.3, the oldest supported version; 2.15 corrects it by itself.
test('a consumer that is ahead of the stream is created again and misses no message', async () => {
  const service = await aServiceOnItsOwnBroker({ republishes: false });
  const stream = join(
    dir,
    'jetstream',
    'jetstream',
    '$G',
    'streams',
    `${service.env['NAMESPACE']}`.toUpperCase(),
  );
  await service.renameTo('one');
  await eventually(() => expect(service.ctx.received).toEqual(['one']));
  await service.broker.restart(() => cp(join(stream, 'msgs'), join(dir, 'older'), { recursive: true }));
  for (const title of ['two', 'three', 'four']) {
    await eventually(() => expect(service.bus.connectedSince()).toBeDefined(), 20_000);
    await service.renameTo(title);
    await eventually(() => expect(service.ctx.received).toContain(title), 20_000);
  }

  // The stream is restored to its state with one message; the consumers have four.
  await service.broker.restart(async () => {
    await rm(join(stream, 'msgs'), { recursive: true });
    await cp(join(dir, 'older'), join(stream, 'msgs'), { recursive: true });
  });

  await eventually(() => expect(service.bus.connectedSince()).toBeDefined(), 20_000);
  await service.renameTo('five');
  await eventually(() => expect(service.ctx.received).toContain('five'), 30_000);
});
