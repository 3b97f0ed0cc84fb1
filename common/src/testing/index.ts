// Runs a service in the test process, in a namespace of its own. The real servers are shared by the whole test run; their
// URLs are in the environment.

import { randomBytes } from 'node:crypto';
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import supertest from 'supertest';
import { BaseConfig, readConfig } from '../service/config.js';
import { openBus } from '../bus/open-bus.js';
import { Envelope, toEnvelope, type DomainEvent } from '../events/event.js';
import { allEvents } from '../events/index.js';
import { sessionKeys } from '../http/session-keys.js';
import { issueToken, type User } from '../http/session.js';
import { newId } from '../id.js';
import { createLogger } from '../observability/logger.js';
import { jobCause } from '../observability/trace.js';
import { runCommand } from '../operator/commands.js';
import type { Service } from '../service/service.js';
import { startService, type Running } from '../service/start.js';

export { sessionKeyPair } from './session-keys.js';
export { startProfile } from './profile.js';
export { startCollector, type SeenSpan } from './collector.js';
export { openStream, type OpenedStream } from './streams.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Lets mongodb 7 run in jest, whose module loader rejects the driver's import of `os`:
 * https://github.com/typegoose/mongodb-memory-server/issues/1026
 */
export const driver = { runtimeAdapters: { os } } as never;

const jwtKey = randomBytes(32).toString('hex');

export const buses = ['jetstream', 'nats-streaming'] as const;

/** The environment of a bus, by default of the one that `EVENT_BUS` selects. */
export function busEnv(bus = process.env['EVENT_BUS'] || 'jetstream'): Env {
  const { NATS_URL, NATS_STREAMING_URL } = process.env;
  return bus === 'nats-streaming'
    ? { EVENT_BUS: bus, NATS_URL: NATS_STREAMING_URL, NATS_ACK_WAIT_MS: '1000' }
    : { EVENT_BUS: bus, NATS_URL };
}

/** Switches the limits off: a test sends the requests of many users from one address. */
export const unlimited = {
  RATE_LIMIT_PER_ADDRESS: '0',
  RATE_LIMIT_PER_USER: '0',
  INVALID_WEBHOOKS_PER_ADDRESS: '1000000',
  MAX_REQUESTS_IN_FLIGHT: '0',
  DECLINES_PER_ACCOUNT: '1000000',
  DECLINES_PER_ADDRESS: '1000000',
  MAX_ACTIVE_ORDERS_PER_NETWORK: '1000000',
};

/** The environment of a service under test, with a fresh namespace. */
export function testEnv(more: Env = {}): Env {
  const { MONGO_URI, REDIS_URL, STRIPE_API_BASE } = process.env;
  const LOG_LEVEL = process.env['TEST_LOG_LEVEL'] ?? 'silent';
  const NAMESPACE = `test-${randomBytes(5).toString('hex')}`;
  const servers = { MONGO_URI, ...busEnv(), REDIS_URL, STRIPE_API_BASE };
  const own = {
    LOG_LEVEL,
    NAMESPACE,
    PORT: '0',
    JWT_KEY: jwtKey,
    ACCOUNT_LINK_KEY: 'the key of links in tests '.repeat(2),
    RETRY_DELAY_MS: '20',
    PARKED_SWEEP_MS: '20',
    BUS_SETTLING_MS: '0',
    // Hundreds of requests at once share one event loop with their clients.
    REQUEST_TIMEOUT_MS: '30000',
    MONGO_TIMEOUT_MS: '30000',
  };
  return { ...servers, ...own, ...unlimited, ...more };
}

export type TestService<X> = Running<X> & {
  request: ReturnType<typeof supertest>;
  env: Env;
  /** all events published in this namespace so far */
  events: Envelope[];
  /** the data of the events of one type about one subject, in stream order */
  eventsOf(type: string, subject: string): unknown[];
  /** publishes an event for the service to consume */
  publish(event: DomainEvent, options?: { repeat?: boolean }): Promise<void>;
  publishRaw(envelope: Envelope): Promise<void>;
  /** runs a command of the operator `ada` beside the service; returns its lines and its error */
  operate(...words: string[]): Promise<{ lines: string[]; error: Error | undefined }>;
  stop(): Promise<void>;
};

/** Starts the service; resolves when it is ready and connected to the bus. */
export async function startForTest<X>(
  service: Service<X>,
  more: Env = {},
  overrides: Parameters<typeof startService>[2] = {},
): Promise<TestService<X>> {
  const env = testEnv(more);
  const running = await startService(service, env, { driver, ...overrides });
  const { bus, events, close } = listen(env);
  const request = supertest(running.url);
  await eventually(async () => {
    const { body } = await request.get('/readyz').expect(200);
    expect(body).toMatchObject({ checks: { bus: 'ok' } });
    expect(bus.connectedSince()).toBeDefined();
  });
  // The servers of tests may pause for seconds. A repeated event has the same id, and counts once.
  const publish = (event: Envelope) => eventually(() => bus.publish(event));
  return {
    ...running,
    env,
    request,
    events,
    eventsOf: (type, subject) =>
      events.filter((event) => event.type === type && event.subject === subject).map(({ data }) => data),
    publish: (event, options) => publish(toEnvelope(event, jobCause('test'), new Date(), options)),
    publishRaw: publish,
    operate: (...words) => operate(service, { ...env, USER: 'ada' }, words),
    async stop() {
      await running.stop();
      await close();
    },
  };
}

async function operate<X>(service: Service<X>, env: Env, words: readonly string[]) {
  const lines: string[] = [];
  const done = runCommand(service, words, env, (line) => void lines.push(line), { driver });
  const error = await done.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  return { lines, error };
}

// A connection of its own, as another service has.
function listen(env: Env) {
  // On a bus with users, no service may read everything.
  const config = readConfig(BaseConfig, { ...env, NATS_URL: env['LISTENER_NATS_URL'] ?? env['NATS_URL'] });
  const log = createLogger('test', 'silent');
  const events: Envelope[] = [];
  const fail = (error: Error) => {
    throw error;
  };
  const bus = openBus(config, { clientName: 'test', log, onUnusable: fail });
  const types = allEvents.map(({ type }) => type);
  const deliver: Parameters<typeof bus.consume>[0]['deliver'] = async (message) => {
    const envelope = Envelope.safeParse(safeJson(message.body));
    if (envelope.success) events.push(envelope.data);
    message.ack();
  };
  bus.consume({ service: 'test-listener', types, concurrency: 1, deliver });
  return { bus, events, close: () => bus.close() };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export type TestUser = Pick<User, 'id' | 'email'> & { cookie: string; token: string };

/** A signed-in user with a session cookie and its token. */
export function aUser(more: Partial<User> = {}): TestUser {
  const id = more.id ?? newId();
  const user = { id, email: more.email ?? `${id}@example.com` };
  const token = issueToken({ ...more, ...user }, sessionKeys({ JWT_KEY: jwtKey }));
  const session = Buffer.from(JSON.stringify({ jwt: token })).toString('base64');
  return { ...user, token, cookie: `session=${session}` };
}

/** Repeats `check` until it does not throw, and returns its result; rethrows its last error after `timeoutMs`. */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs = 30_000): Promise<T> {
  for (const end = Date.now() + timeoutMs; ;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await delay(20);
    }
  }
}

/** Does `work` while the clock of time limits stands still, so that no wait ends by its limit. */
export async function withoutLimits<T>(work: () => Promise<T>): Promise<T> {
  const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
  try {
    return await work();
  } finally {
    clock.mockRestore();
  }
}

/**
 * The result of `work`.
 * @throws Error when a timer of this process fires first. A busy machine delays the timer too, unlike a reading of the clock.
 */
export async function within<T>(milliseconds: number, work: PromiseLike<T>): Promise<T> {
  const done = new AbortController();
  const late = delay(milliseconds, undefined, { signal: done.signal }).then(() => {
    throw new Error(`This took longer than ${milliseconds} ms.`);
  });
  late.catch(() => undefined);
  return Promise.race([work, late]).finally(() => done.abort());
}
