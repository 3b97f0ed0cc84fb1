// A service is declared as data; this starts and stops what is declared, the same way for all five.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConnectOptions } from 'mongoose';
import type { z } from 'zod';
import { type BaseConfig, ConfigError, readConfig } from './config.js';
import { createApp, type Route } from '../http/app.js';
import { shedOverload } from '../http/overload.js';
import type { Files } from '../http/files.js';
import type { RefusalTable } from '../http/errors.js';
import type { RevokedSessions } from '../http/revoked-sessions.js';
import type { SnapshotEntry } from '../operator/snapshot.js';
import type { HistoryEntry } from '../operator/history.js';
import { newId } from '../id.js';
import { every, runJob, type Job } from './jobs.js';
import { createLogger, type Logger } from '../observability/logger.js';
import { pause } from '../bus/backoff.js';
import type { Bus } from '../bus/bus.js';
import { createConsumer } from '../bus/consumer.js';
import type { DeadLetters } from '../bus/dead-letters.js';
import { openBus } from '../bus/open-bus.js';
import { createRelay, type Outbox, type Relay } from '../bus/relay.js';
import { republishAfterLoss, type BrokerIdentity } from '../bus/republish.js';
import type { Subscription } from '../bus/subscription.js';
import type { Backup } from '../operator/backup.js';
import type { IdempotencyKeys } from '../documents/idempotency-keys.js';
import { createMetrics, type Metrics } from '../observability/metrics.js';
import { measureGauges } from '../observability/gauges.js';
import { startTracing } from '../observability/tracing.js';

/** What a service builds its context from. */
export type Platform<C> = Readonly<{
  name: string;
  config: C;
  log: Logger;
  metrics: Metrics;
  bus: Bus;
  relay: Relay;
  now: () => Date;
  newId: () => string;
  /** Ends the process: what was found cannot be mended by waiting. */
  fail: (error: Error) => void;
  /** extra settings of the MongoDB driver, for tests */
  driver?: ConnectOptions | undefined;
}>;

/** What every context has, whatever else use cases may use. */
export type ServiceContext = Readonly<{
  deadLetters: DeadLetters;
  outboxes: readonly Outbox[];
  /** only with a database, whose state can be told again */
  brokerIdentity?: BrokerIdentity;
  backup?: Backup;
  /** only with repeatable routes */
  idempotencyKeys?: IdempotencyKeys;
  /** What has happened to what this id names here; nothing when it names nothing. */
  history?: (id: string) => Promise<readonly HistoryEntry[]>;
  /** Sets the service's own gauges, by cheap queries: every replica does so every few seconds. */
  gauge?: () => Promise<void>;
  /** needed where a route asks who is signed in */
  revokedSessions?: RevokedSessions;
  /** by name: undefined when fine, else what is wrong. The service is ready when all are fine. */
  ready: Readonly<Record<string, () => string | undefined | Promise<string | undefined>>>;
  close(): Promise<void>;
}>;

/** Takes work from a queue of its own (not the bus) until it is stopped. */
export type Worker = Readonly<{ start(): void; stop(): Promise<void> }>;

export type Service<C extends BaseConfig, X extends ServiceContext> = Readonly<{
  name: string;
  config: z.ZodType<C>;
  open: (platform: Platform<C>) => X;
  routes?: (ctx: X) => Route[];
  /** what it hands out as it is, by the path of its URL */
  files?: Files;
  /** status and message of each refusal code that its routes may answer */
  refusals?: RefusalTable;
  subscriptions?: (ctx: X) => Subscription[];
  jobs?: (ctx: X) => Job[];
  workers?: (ctx: X) => Worker[];
  /** what it owns and what copies it keeps, for the comparison of all services */
  snapshot?: (ctx: X) => AsyncIterable<SnapshotEntry>;
}>;

/** Only for its types: a service's parts must fit each other. */
export function defineService<C extends BaseConfig, X extends ServiceContext>(
  service: Service<C, X>,
): Service<C, X> {
  return service;
}

export type Running<X> = Readonly<{ url: string; ctx: X; bus: Bus; log: Logger; stop(): Promise<void> }>;

type Overrides = Readonly<{
  now?: () => Date;
  fail?: (error: Error) => void;
  driver?: ConnectOptions;
}>;

/** A service's context and what it stands on, before anything listens or consumes. */
export type Parts<C extends BaseConfig, X extends ServiceContext> = Platform<C> &
  Readonly<{ ctx: X; stopTracing: () => Promise<void> }>;

/**
 * Opens databases and the bus, which connect in the background; the caller closes `bus` and `ctx`, and
 * calls `stopTracing`.
 * @throws ConfigError that names every bad variable
 */
export async function openParts<C extends BaseConfig, X extends ServiceContext>(
  service: Service<C, X>,
  env: Readonly<Record<string, string | undefined>>,
  { now = () => new Date(), driver, ...overrides }: Overrides,
): Promise<Parts<C, X>> {
  const config = readConfig(service.config, env);
  const { name } = service;
  const log = createLogger(name, config.LOG_LEVEL);
  const metrics = createMetrics();
  const stopTracing = await startTracing(name, config, log, metrics);
  const fail = overrides.fail ?? ((error) => log.fatal({ err: error }, 'cannot go on'));
  const bus = openBus(config, { clientName: name, log, onUnusable: fail });
  const relay = createRelay(bus, log, metrics);
  const platform = { name, config, log, metrics, bus, relay, now, newId, fail, driver };
  return { ...platform, ctx: service.open(platform), stopTracing };
}

/**
 * Starts a service and resolves when it listens; databases and the bus may still be on their way (see `/readyz`).
 * @throws ConfigError that names every bad variable
 */
export async function startService<C extends BaseConfig, X extends ServiceContext>(
  service: Service<C, X>,
  env: Readonly<Record<string, string | undefined>>,
  overrides: Overrides = {},
): Promise<Running<X>> {
  const parts = await openParts(service, env, overrides);
  const { config, log, metrics, bus, relay, now, ctx } = parts;
  const stopping = new AbortController();

  async function readiness() {
    const checks = await checksOf(ctx);
    const ready = !stopping.signal.aborted && Object.values(checks).every((state) => state === 'ok');
    return { ready, checks: { ...checks, bus: bus.connectedSince() ? 'ok' : 'disconnected (not required)' } };
  }

  const app = createApp({
    routes: service.routes?.(ctx) ?? [],
    files: service.files ?? {},
    refusals: service.refusals ?? {},
    config,
    isRevoked: ctx.revokedSessions?.has,
    log,
    metrics,
    readiness,
    keys: ctx.idempotencyKeys,
  });
  const shedding = shedOverload(app, { config, log, metrics });
  const server = createServer(shedding.listener);
  // Or a proxy that keeps its connections busy would go on sending to us.
  server.prependListener('request', (_request, response) => {
    if (stopping.signal.aborted) response.setHeader('Connection', 'close');
  });
  const url = await listen(server, config.PORT);

  const consumer = createConsumer({
    subscriptions: service.subscriptions?.(ctx) ?? [],
    deadLetters: ctx.deadLetters,
    log,
    metrics,
    limits: config,
  });
  const types = (service.subscriptions?.(ctx) ?? []).map(({ event }) => event.type);
  if (types.length > 0)
    bus.consume({
      service: service.name,
      types,
      concurrency: config.CONSUMER_CONCURRENCY,
      deliver: consumer.deliver,
    });

  const jobs = [
    ...(service.jobs?.(ctx) ?? []),
    every(config.OUTBOX_SWEEP_MS, 'relay-outbox', () => relay.sweep(ctx.outboxes)),
    every(config.GAUGES_EVERY_MS, 'gauges', measureGauges(ctx, metrics, now)),
    ...(ctx.brokerIdentity
      ? [
          every(
            1_000,
            'republish-after-loss',
            republishAfterLoss({ ...ctx, brokerIdentity: ctx.brokerIdentity, bus, log, now }),
          ),
        ]
      : []),
  ];
  // A sweep of a database that is not there yet would only fill the log.
  const running = jobs.map(async (job) => {
    while (!stopping.signal.aborted && !(await readiness()).ready) await pause(100, stopping.signal);
    await runJob(job, log, stopping.signal);
  });
  const workers = service.workers?.(ctx) ?? [];
  for (const worker of workers) worker.start();
  log.info({ url }, 'listening');

  async function stop(): Promise<void> {
    stopping.abort();
    await new Promise((resolve) => setTimeout(resolve, config.SHUTDOWN_DELAY_MS));
    await closeServer(server);
    shedding.stop();
    consumer.stop();
    await Promise.all([bus.stopConsuming(), ...workers.map((worker) => worker.stop()), ...running]);
    await relay.drain();
    await bus.close();
    await ctx.close();
    await parts.stopTracing();
    log.info('stopped');
  }

  return { url, ctx, bus, log, stop };
}

/** What the service needs to be ready: `ok` or what is wrong, by name. */
export async function checksOf(ctx: ServiceContext): Promise<Record<string, string>> {
  const checks: Record<string, string> = {};
  for (const [name, check] of Object.entries(ctx.ready)) checks[name] = (await check()) ?? 'ok';
  return checks;
}

// A crowd that comes at once waits to be accepted, rather than being dropped and trying again a second later.
const backlog = 4_096;

async function listen(server: Server, port: number): Promise<string> {
  // Longer than the proxy's 60 s, or the proxy sends into a connection that is just being closed.
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = 66_000;
  server.requestTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE' ? new ConfigError(`PORT ${port} is in use by another program`) : error,
      ),
    );
    server.listen({ port, backlog }, resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await closed;
}
