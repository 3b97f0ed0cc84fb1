// Behaviour that only JetStream has. The guarantees of both buses: bus.service.test.ts; a broker that loses data:
// republish.service.test.ts.

import { createServer, type AddressInfo } from 'node:net';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { messageIdOf } from '../../events/event.js';
import { ConfigError } from '../../service/config.js';
import type { BusMessage } from '../bus.js';
import { eventually, within } from '../../testing/index.js';
import {
  type BusEnv,
  aBus,
  aBusEnv,
  onCleanUp,
  aMember,
  anEvent,
  events,
  aServer,
  cleanUp,
  aConnectedBus,
  untilConnected,
  type,
} from '../../testing/buses.js';

afterEach(cleanUp);

test('a message that is published twice is stored once', async () => {
  const env = aBusEnv('jetstream');
  const bus = await aConnectedBus(env);
  const [one, two] = [anEvent(), anEvent()];
  await bus.publish(one);
  await bus.publish(one);
  await bus.publish(two);
  const late = await aMember(env);
  await eventually(() => expect(late.received).toContain(two.id));
  expect(late.received).toEqual([one.id, two.id]);
});

test('a consumer that gathers lets the first message wait for others', async () => {
  const times: number[] = [];
  const note = (message: BusMessage) => {
    times.push(performance.now());
    message.ack();
  };
  const gatherMs = 1_500;
  const member = await aMember(aBusEnv('jetstream'), { gatherMs }, note);
  const begin = performance.now();
  await Promise.all(events(3).map((event) => member.publish(event)));
  await eventually(() => expect(times).not.toEqual([]));
  expect((times[0] ?? 0) - begin).toBeGreaterThanOrEqual(gatherMs);
  // The others do not wait once more.
  await within(
    1.5 * gatherMs,
    eventually(() => expect(times).toHaveLength(3)),
  );
});

describe('an event whose message id another message has used first', () => {
  /** A client that may publish to the stream: a hostile pod. */
  async function occupy(env: BusEnv, messageId: string, body = 'x'): Promise<void> {
    const connection = await connect({ servers: env['NATS_URL'] ?? '' });
    await jetstream(connection).publish(`${env['NAMESPACE']}.ticket.updated.x`, body, { msgID: messageId });
    await connection.close();
  }

  test('is stored all the same, and raises an alarm', async () => {
    const env = aBusEnv('jetstream');
    const member = await aMember(env);
    const event = anEvent();
    await occupy(env, messageIdOf(event));
    await member.publish(event);
    await eventually(() => expect(member.received).toEqual([event.id]));
    expect(member.lines.filter((line) => line.includes('"alarm":true'))).toEqual([
      expect.stringContaining('another message has used the id of this event'),
    ]);
  });

  test('is stored when the message has the same body on the subject of another event', async () => {
    const env = aBusEnv('jetstream');
    const member = await aMember(env);
    const event = anEvent();
    await occupy(env, messageIdOf(event), JSON.stringify(event));
    await member.publish(event);
    await eventually(() => expect(member.received).toEqual([event.id]));
  });

  test('cannot be predicted: the id of the event is not enough', async () => {
    const env = aBusEnv('jetstream');
    const member = await aMember(env);
    const event = anEvent();
    await occupy(env, event.id);
    await member.publish(event);
    await eventually(() => expect(member.received).toEqual([event.id]));
    expect(member.lines.filter((line) => line.includes('"alarm":true'))).toEqual([]);
  });

  test('and that a second publish confirms raises no alarm, also with another span', async () => {
    const env = aBusEnv('jetstream');
    const member = await aMember(env);
    const event = anEvent();
    await member.publish(event);
    await member.publish({ ...event, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` });
    const next = anEvent();
    await member.publish(next);
    await eventually(() => expect(member.received).toEqual([event.id, next.id]));
    expect(member.lines.filter((line) => line.includes('"alarm":true'))).toEqual([]);
  });

  test('from an outbox of an earlier release, without a random part, is published and stored', async () => {
    const env = aBusEnv('jetstream');
    const member = await aMember(env);
    const { nonce: _nonce, ...event } = anEvent();
    await occupy(env, event.id);
    await member.publish(event);
    await eventually(() => expect(member.received).toEqual([event.id]));
  });
});

test('a service knows whether an event about a subject is stored, before it has handled it', async () => {
  const bus = await aConnectedBus(aBusEnv('jetstream'));
  const [stored, other] = [anEvent(), anEvent()];
  await bus.publish(stored);
  expect(await bus.hasStored(type, stored.subject)).toBe(true);
  expect(await bus.hasStored(type, other.subject)).toBe(false);
  expect(await bus.hasStored('ticket:created', stored.subject)).toBe(false);
  await bus.close();
  await expect(bus.hasStored(type, stored.subject)).rejects.toThrow('bus is not available');
});

test('a service knows whether it has handled every stored message of a type', async () => {
  let hold = true;
  const member = await aMember(aBusEnv('jetstream'), {}, (message) =>
    hold ? message.retry(50) : message.ack(),
  );
  expect(await member.caughtUp(type, 0)).toBe(true);
  await member.publish(anEvent());
  expect(await member.caughtUp(type, 0)).toBe(false);
  expect(await member.caughtUp('ticket:created', 0)).toBe(true);
  hold = false;
  expect(await member.caughtUp(type, 10_000)).toBe(true);
});

// A wiped stream counts from 1 again. Without the guard, the late acknowledgement of the old first message would settle
// the new first message, which is in flight in another process. If that process died, the message would be lost.
test('a late acknowledgement of a message from before a wipe does not settle a new message', async () => {
  const server = await aServer('jetstream');
  const env = { ...server.env, NATS_ACK_WAIT_MS: '2000' };
  await server.start();
  const redeliveries: boolean[] = [];
  const take = (message: BusMessage) => {
    redeliveries.push(message.isRedelivery);
    if (message.isRedelivery) message.ack();
  };
  let acknowledge: () => void = () => undefined;
  // Its only slot is taken until it acknowledges.
  const slow = await aMember(env, { concurrency: 1 }, (message) => {
    if (slow.received.length > 1) return take(message);
    return new Promise<void>((resolve) => {
      acknowledge = () => {
        message.ack();
        resolve();
      };
    });
  });
  await slow.publish(anEvent());
  await eventually(() => expect(slow.received).toHaveLength(1));

  await server.kill();
  await server.wipe();
  await server.start();
  await untilConnected(slow);
  const other = await aMember(env, {}, take);
  await other.publish(anEvent());
  await eventually(() => expect(redeliveries[0]).toBe(false), 20_000);
  acknowledge();
  await eventually(() => expect(redeliveries).toEqual([false, true]), 20_000);
});

test('after a restart of the server, consumers pull at once and their acknowledgements count', async () => {
  const server = await aServer('jetstream');
  await server.start();
  const member = await aMember({ ...server.env, NATS_ACK_WAIT_MS: '1000' });
  const before = anEvent();
  await member.publish(before);
  await eventually(() => expect(member.received).toEqual([before.id]));
  for (let round = 0; round < 3; round += 1) {
    await server.kill();
    await eventually(() => expect(member.connectedSince()).toBeUndefined());
    await server.start();
    await untilConnected(member);
    const event = anEvent();
    await member.publish(event);
    await eventually(() => expect(member.received).toContain(event.id));
    // A killed server may have lost the last acknowledgement before the kill; later ones count.
    expect(await member.caughtUp(type, 30_000)).toBe(true);
  }
  // A pull that waits for messages of the former server ends only by this.
  expect(member.lines.filter((line) => line.includes('heartbeats_missed'))).toEqual([]);
});

describe('an unusable server', () => {
  /** A fake server that reports `info` and answers pings. */
  async function aFakeServer(info: object): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write(
        `INFO ${JSON.stringify({ server_id: 'x', max_payload: 1_000_000, proto: 1, ...info })}\r\n`,
      );
      socket.on('data', (data) => void (data.includes('PING') && socket.write('PONG\r\n')));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onCleanUp(async () => void server.close());
    return `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test.each([
    ['is too old', { version: '2.10.9', jetstream: true }, 'nats-server 2.10.9 at NATS_URL is too old'],
    ['has no JetStream', { version: '2.12.3' }, 'runs without JetStream'],
  ])('that %s ends the process, and the error says what to do', async (_why, info, message) => {
    const bus = aBus(aBusEnv('jetstream', { NATS_URL: await aFakeServer(info) }));
    await eventually(() => expect(bus.unusable[0]?.message).toContain(message));
    expect(bus.unusable[0]).toBeInstanceOf(ConfigError);
    expect(bus.connectedSince()).toBeUndefined();
  });
});
