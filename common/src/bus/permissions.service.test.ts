// The promise of the generated permissions, on a server that enforces them: every service works, and a client with the
// credentials of one service can forge nothing of another.

import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { toEnvelope, type Envelope } from '../events/event.js';
import { allEvents, UserUpdated } from '../events/index.js';
import { DependencyDown } from '../errors.js';
import { newId } from '../id.js';
import { jobCause } from '../observability/trace.js';
import { eventually } from '../testing/index.js';
import { aBus, aBusEnv, aServer, cleanUp, idOf, onCleanUp, untilConnected } from '../testing/buses.js';
import { natsAuthorization, permissionsOf, busUsers } from './permissions.js';
import { subjectOf } from './jetstream/stream.js';

const namespace = 'ticketing';
const stream = 'TICKETING';
const passwords = new Map([...busUsers, 'operator'].map((user) => [user, newId()]));
const settings = () => natsAuthorization(namespace, (user) => `"${passwords.get(user)}"`);
const hostile = 'orders';
const victim = 'tickets';

type EventType = (typeof allEvents)[number];

const anEvent = ({ type, source }: Pick<EventType, 'type' | 'source'>): Envelope =>
  toEnvelope({ type, source, subject: newId(), version: 0, data: {} }, jobCause('test'), new Date());

let env: ReturnType<typeof aBusEnv>;
beforeAll(async () => {
  const server = await aServer('jetstream', settings);
  await server.start();
  env = server.env;
});
afterAll(cleanUp);

const urlFor = (user: string) => `${env['NATS_URL']}`.replace('//', `//${user}:${passwords.get(user)}@`);

/** The bus of a service, under its own credentials. It leaves each message unacknowledged until `ack`. */
async function aServiceBus(service: string) {
  const bus = aBus({ ...env, NAMESPACE: namespace, NATS_URL: urlFor(service) }, service);
  await untilConnected(bus);
  const received: string[] = [];
  const ack = { isOn: true };
  bus.consume({
    service,
    types: allEvents.map(({ type }) => type),
    concurrency: 64,
    deliver: async (message) => {
      received.push(idOf(message));
      if (ack.isOn) message.ack();
    },
  });
  const heard: string[] = [];
  await new Promise<void>((resolve) =>
    bus.listen({
      types: allEvents.filter(({ source }) => source === service).map(({ type }) => type),
      hear: (body) => void heard.push((JSON.parse(body()) as Envelope).id),
      missed: resolve,
    }),
  );
  return { ...bus, received, heard, ack };
}

/** A client that is not our code, with the credentials of one user. */
async function aClient(user: string) {
  const servers = `${env['NATS_URL']}`;
  const connection = await connect({
    servers,
    user,
    pass: `${passwords.get(user)}`,
    inboxPrefix: `_INBOX.${user}`,
  });
  onCleanUp(() => connection.close());
  return { connection, manager: await jetstreamManager(connection, { checkAPI: false }) };
}

const violation = /Permissions Violation/;

/** The violation that the server reports for a publish, or undefined. */
async function refusalOf(
  connection: NatsConnection,
  subject: string,
  reply?: string,
): Promise<string | undefined> {
  const errors: string[] = [];
  const statuses = connection.status();
  void (async () => {
    for await (const status of statuses) if (status.type === 'error') errors.push(status.error.message);
  })();
  connection.publish(subject, '{}', reply === undefined ? {} : { reply });
  await connection.flush();
  await connection.flush();
  return errors[0];
}

test('each service publishes and hears its own events, and every service receives them', async () => {
  const buses = new Map<string, Awaited<ReturnType<typeof aServiceBus>>>();
  for (const service of busUsers) buses.set(service, await aServiceBus(service));
  const events = allEvents.map(anEvent);
  for (const event of events) await buses.get(event.source)?.publish(event);
  for (const { received } of buses.values())
    await eventually(() => expect(received).toEqual(expect.arrayContaining(events.map(({ id }) => id))));
  for (const [service, { heard }] of buses)
    expect(heard).toEqual(events.filter(({ source }) => source === service).map(({ id }) => id));
  for (const bus of buses.values()) {
    expect(await bus.caughtUp('order:created', 10_000)).toBe(true);
    expect(await bus.window()).toMatchObject({ used: 0 });
    // The proof of a duplicate reads the stream.
    const own = events.find(({ source }) => source === events[0]?.source);
    if (own) await buses.get(own.source)?.publish(own);
    expect(bus.lines.filter((line) => /Violation|"alarm":true/.test(line))).toEqual([]);
    await bus.close();
  }
});

test('auth removes the events of an account, and another service cannot', async () => {
  const [auth, orders] = [await aServiceBus('auth'), await aServiceBus('orders')];
  const [event, kept] = [anEvent(UserUpdated), anEvent(UserUpdated)];
  for (const one of [event, kept]) await auth.publish(one);
  await expect(orders.erase([event.type], event.subject)).rejects.toThrow(DependencyDown);
  expect(await auth.erase([event.type], event.subject)).toBe(true);
  const { manager } = await aClient('operator');
  const stored = async ({ type, subject }: Envelope) => {
    const message = { last_by_subj: subjectOf(namespace, type, subject) };
    return (await manager.streams.getMessage(stream, message).catch(() => null))?.string() ?? '';
  };
  expect(await stored(event)).toBe('');
  expect(await stored(kept)).toContain(kept.id);
});

describe('a client with the credentials of orders', () => {
  const foreign = allEvents.filter(({ source }) => source !== hostile);

  test.each(foreign.map((event) => [event.type, event] as const))(
    'cannot publish %s',
    async (type, event) => {
      const { connection } = await aClient(hostile);
      const { state } = await (await aClient('operator')).manager.streams.info(stream);
      const subject = subjectOf(namespace, type, newId());
      await expect(jetstream(connection).publish(subject, JSON.stringify(anEvent(event)))).rejects.toThrow(
        violation,
      );
      expect((await (await aClient('operator')).manager.streams.info(stream)).state.last_seq).toBe(
        state.last_seq,
      );
    },
  );

  const requests: [what: string, subject: string][] = [
    ['delete the stream', `$JS.API.STREAM.DELETE.${stream}`],
    ['empty the stream', `$JS.API.STREAM.PURGE.${stream}`],
    ['change the stream', `$JS.API.STREAM.UPDATE.${stream}`],
    ['delete a message', `$JS.API.STREAM.MSG.DELETE.${stream}`],
    ['create another stream', '$JS.API.STREAM.CREATE.OTHER'],
    ['restore a stream', `$JS.API.STREAM.RESTORE.${stream}`],
    ['list consumers', `$JS.API.CONSUMER.LIST.${stream}`],
    ["read another service's consumer", `$JS.API.CONSUMER.INFO.${stream}.${namespace}-${victim}`],
    ["take another service's messages", `$JS.API.CONSUMER.MSG.NEXT.${stream}.${namespace}-${victim}`],
    ["delete another service's consumer", `$JS.API.CONSUMER.DELETE.${stream}.${namespace}-${victim}`],
    ["change another service's consumer", `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.${namespace}-${victim}`],
    ['create a consumer with another name', `$JS.API.CONSUMER.CREATE.${stream}.spy`],
    ['pause a consumer', `$JS.API.CONSUMER.PAUSE.${stream}.${namespace}-${victim}`],
    ["acknowledge another service's message", `$JS.ACK.${stream}.${namespace}-${victim}.1.1.1.1.0`],
    ["answer another service's request", `_INBOX.${victim}.x`],
  ];
  test.each(requests)('cannot %s', async (_what, subject) => {
    const { connection } = await aClient(hostile);
    expect(await refusalOf(connection, subject)).toMatch(violation);
  });

  test.each([
    `${namespace}.>`,
    subjectOf(namespace, 'ticket:updated', '*'),
    `_INBOX.${victim}.>`,
    '_INBOX.>',
    '$JS.ACK.>',
    '$JS.API.>',
    '>',
  ])('cannot listen on %s', async (subject) => {
    const { connection } = await aClient(hostile);
    const refused = new Promise<unknown>((resolve) => {
      connection.subscribe(subject, { callback: (error) => resolve(error) });
    });
    expect(await refused).toMatchObject({ message: expect.stringMatching(violation) });
  });

  // The server sends answers to any subject that a client names.
  test('cannot forge an event or an acknowledgement through the answer to a request', async () => {
    const tickets = await aServiceBus(victim);
    tickets.ack.isOn = false;
    const orders = await aClient(hostile);
    const event = anEvent({ type: 'order:created', source: hostile });
    await jetstream(orders.connection).publish(
      subjectOf(namespace, event.type, event.subject),
      JSON.stringify(event),
    );
    await eventually(() => expect(tickets.received).toContain(event.id));
    const { used = 0 } = (await tickets.window()) ?? {};
    expect(used).toBeGreaterThan(0);

    // A message `+ACK` of its own, which its own consumer delivers to a subject of tickets.
    await jetstream(orders.connection).publish(subjectOf(namespace, 'order:created', 'x'), '+ACK');
    const durable = `${namespace}-${hostile}`;
    const filter_subjects = [subjectOf(namespace, 'order:created', 'x')];
    const pull = { durable_name: durable, ack_policy: 'explicit', filter_subjects } as never;
    const ackSubject = `$JS.ACK.${stream}.${namespace}-${victim}.1.1.1.1.0`;
    const forgedSubject = subjectOf(namespace, 'payment:created', 'x');
    await orders.manager.consumers.delete(stream, durable).catch(() => false);
    await orders.manager.consumers.add(stream, pull);
    const next = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`;
    expect(await refusalOf(orders.connection, next, ackSubject)).toMatch(violation);
    await refusalOf(orders.connection, next, forgedSubject);
    await refusalOf(orders.connection, `$JS.API.STREAM.INFO.${stream}`, forgedSubject);
    for (const deliver_subject of [ackSubject, forgedSubject, `$JS.API.STREAM.DELETE.${stream}`]) {
      await orders.manager.consumers.delete(stream, durable).catch(() => false);
      const push = { durable_name: durable, ack_policy: 'none', deliver_subject, filter_subjects } as never;
      await orders.manager.consumers.add(stream, push).catch(() => undefined);
      await orders.connection.flush();
    }
    await orders.manager.consumers.delete(stream, durable).catch(() => false);

    expect((await tickets.window())?.used).toBeGreaterThanOrEqual(used);
    // At most an answer of the server lies on the foreign subject, which is no event.
    const operator = await aClient('operator');
    const stored = await operator.manager.streams
      .getMessage(stream, { last_by_subj: forgedSubject })
      .catch(() => null);
    expect(JSON.parse(stored?.string() ?? '{}')).not.toHaveProperty('specversion');
  });

  test('keeps the stream as it is when it creates the stream again with other settings', async () => {
    const { manager } = await aClient(hostile);
    const create = manager.streams.add({ name: stream, subjects: [`${namespace}.>`], max_msgs: 1 });
    await expect(create).rejects.toThrow(/already in use/);
  });
});

test('a stream that a hostile service created first is not used', async () => {
  const server = await aServer('jetstream', settings);
  await server.start();
  const before = env;
  env = server.env;
  try {
    const { manager } = await aClient(hostile);
    const republish = { src: '>', dest: 'elsewhere.>' };
    await manager.streams.add({ name: stream, subjects: [`${namespace}.>`], republish });
    const bus = aBus({ ...env, NAMESPACE: namespace, NATS_URL: urlFor(victim) }, victim);
    await eventually(() => expect(bus.lines.join()).toContain('has foreign settings'));
    expect(bus.connectedSince()).toBeUndefined();
  } finally {
    env = before;
  }
});

test('control: without permissions, the same client publishes what it likes', async () => {
  const server = await aServer('jetstream');
  await server.start();
  const connection = await connect({ servers: `${server.env['NATS_URL']}` });
  onCleanUp(() => connection.close());
  const manager = await jetstreamManager(connection, { checkAPI: false });
  await manager.streams.add({ name: stream, subjects: [`${namespace}.>`] });
  await jetstream(connection).publish(subjectOf(namespace, 'payment:created', 'x'), 'forged');
  await manager.streams.delete(stream);
  expect(permissionsOf(namespace, hostile).publish).not.toContain('>');
});
