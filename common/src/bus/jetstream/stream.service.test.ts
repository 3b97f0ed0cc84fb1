// The limits of the stream, as the services set them, and what a full stream does. Refusals: ../refusals.service.test.ts.

import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { DependencyDown } from '../../errors.js';
import { natsAuthorization } from '../permissions.js';
import {
  aBus,
  aBusEnv,
  aConnectedBus,
  aMember,
  anEvent,
  aServer,
  cleanUp,
  untilConnected,
} from '../../testing/buses.js';
import { eventually } from '../../testing/index.js';

afterEach(cleanUp);

const megabyte = 1_000_000;
const hourNs = 3_600 * 1e9;
const large = () => ({ ...anEvent(), data: 'x'.repeat(100_000) });

/** The settings of the stream, as this user sees them. */
async function settingsOf({ NATS_URL = '', NAMESPACE = '' }: ReturnType<typeof aBusEnv>, user = {}) {
  const nats = await connect({ servers: NATS_URL, ...user });
  const { config } = await (
    await jetstreamManager(nats, { checkAPI: false })
  ).streams.info(NAMESPACE.toUpperCase());
  await nats.close();
  return config;
}

test('a new stream has the limits of the first service', async () => {
  const env = aBusEnv('jetstream', {
    NATS_STREAM_MAX_BYTES: `${megabyte}`,
    NATS_STREAM_MAX_AGE_HOURS: '24',
  });
  const bus = await aConnectedBus(env);
  expect(await settingsOf(env)).toMatchObject({
    max_bytes: megabyte,
    max_age: 24 * hourNs,
    discard: 'new',
  });
  await bus.publish(anEvent());
  const { bytes = 0, limit } = (await bus.stored()) ?? {};
  expect(limit).toBe(megabyte);
  expect(bytes).toBeGreaterThan(100);
});

test('a service with other limits gives them to a stream that is there', async () => {
  const env = aBusEnv('jetstream');
  const bus = await aConnectedBus(env);
  expect(await settingsOf(env)).toMatchObject({ max_bytes: -1, max_age: 168 * hourNs });
  expect(await bus.stored()).toEqual({ bytes: expect.any(Number) });

  await aConnectedBus({
    ...env,
    NATS_STREAM_MAX_BYTES: `${megabyte}`,
    NATS_STREAM_MAX_AGE_HOURS: '6',
  });
  expect(await settingsOf(env)).toMatchObject({ max_bytes: megabyte, max_age: 6 * hourNs, discard: 'new' });
});

test.each(['interest', 'workqueue'] as const)(
  'a service does not use a stream that drops messages early: %s',
  async (retention) => {
    const env = aBusEnv('jetstream');
    const { NATS_URL = '', NAMESPACE = '' } = env;
    const nats = await connect({ servers: NATS_URL });
    const manager = await jetstreamManager(nats, { checkAPI: false });
    await manager.streams.add({ name: NAMESPACE.toUpperCase(), subjects: [`${NAMESPACE}.>`], retention });
    await nats.close();
    const bus = aBus(env);
    await eventually(() => expect(bus.lines.join()).toContain('has foreign settings'));
    expect(bus.connectedSince()).toBeUndefined();
  },
);

test('a full stream refuses, and drops no message that a service has not received', async () => {
  const env = aBusEnv('jetstream', { NATS_STREAM_MAX_BYTES: `${megabyte}` });
  const bus = await aConnectedBus(env);
  const stored: string[] = [];
  // Three times as much as the stream takes.
  for (let count = 0; count < 30; count += 1) {
    const event = large();
    await bus.publish(event).then(
      () => stored.push(event.id),
      () => undefined,
    );
  }
  await expect(bus.publish(large())).rejects.toThrow(DependencyDown);
  expect(bus.refusal()).toMatch(/maximum bytes exceeded/);
  const late = await aMember(env, {}, (message) => message.ack());
  await eventually(() => expect(late.received).toEqual(stored));
});

test('with users, a service leaves the limits to the operator and raises an alarm', async () => {
  const server = await aServer('jetstream', () => natsAuthorization('ticketing', () => '"hunter2"'));
  await server.start();
  const url = `${server.env['NATS_URL']}`;
  const env = {
    ...server.env,
    NAMESPACE: 'ticketing',
    NATS_URL: url.replace('//', '//orders:hunter2@'),
  };
  await untilConnected(aBus(env, 'orders'));
  const other = aBus({ ...env, NATS_STREAM_MAX_BYTES: `${megabyte}` }, 'orders');
  await untilConnected(other);
  expect(other.lines.filter((line) => line.includes('"alarm":true'))).toEqual([
    expect.stringContaining('the stream has other limits than this service'),
  ]);
  const operator = { user: 'operator', pass: 'hunter2' };
  expect(await settingsOf({ ...env, NATS_URL: url }, operator)).toMatchObject({ max_bytes: -1 });
});
