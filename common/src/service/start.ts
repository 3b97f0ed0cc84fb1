// Starts and stops a declared service.

import { setMaxListeners } from 'node:events';
import type { ConnectOptions } from 'mongoose';
import { pause } from '../bus/backoff.js';
import type { Bus } from '../bus/bus.js';
import { createConsumer } from '../bus/consumer.js';
import { openBus } from '../bus/open-bus.js';
import { measureStream } from '../bus/stored.js';
import { watchWindow } from '../bus/window.js';
import { createRelay } from '../bus/relay.js';
import { republishAfterLoss } from '../bus/republish.js';
import type { Subscription } from '../bus/subscription.js';
import { createApp } from '../http/app.js';
import { shedOverload } from '../http/overload.js';
import { closeServer, createHttpServer, listen } from '../http/server.js';
import { newId } from '../id.js';
import { createLive } from '../live/live.js';
import { measureGauges } from '../observability/gauges.js';
import { createLogger, type Logger } from '../observability/logger.js';
import { createMetrics } from '../observability/metrics.js';
import { startTracing } from '../observability/tracing.js';
import { officeRoutes } from '../operator/office.js';
import { compareEveryMs, createClock, type Clock } from './clock.js';
import { readConfig } from './config.js';
import { every, runJob, type Job } from './jobs.js';
import type { Base, Service, Storage } from './service.js';
import { refreshSessions, withSessionEvents } from './sessions.js';

type Env = Readonly<Record<string, string | undefined>>;

type Overrides = Readonly<{
  /** The time of the service, instead of its store's. */
  now?: () => Date;
  fail?: (error: Error) => void;
  driver?: ConnectOptions;
}>;

/** An opened service that neither listens nor consumes. */
export type Parts<X> = Readonly<{
  base: Base;
  storage: Storage;
  clock: Clock;
  ctx: X;
  subscriptions: readonly Subscription[];
  /** The problem of each dependency, by name; `ok` if it has none. */
  check(): Promise<Record<string, string>>;
  close(): Promise<void>;
}>;

/** A running service. */
export type Running<X> = Readonly<{
  url: string;
  ctx: X;
  storage: Storage;
  bus: Bus;
  log: Logger;
  stop(): Promise<void>;
}>;

/**
 * Opens the store and the bus, which connect in the background.
 * @throws ConfigError that names every invalid variable
 */
export async function openParts<X>(
  service: Service<X>,
  env: Env,
  { driver, ...overrides }: Overrides,
): Promise<Parts<X>> {
  const config = readConfig(service.config, env);
  const { name } = service;
  const log = createLogger(name, config.LOG_LEVEL);
  const metrics = createMetrics();
  const stopTracing = await startTracing(name, config, log, metrics);
  const fail = overrides.fail ?? ((error) => log.fatal({ err: error }, 'the service cannot continue'));
  const onRefused = (type: string) => metrics.refused.inc({ type });
  const bus = openBus(config, { clientName: name, log, onUnusable: fail, onRefused });
  const clock = createClock({ storeTime: () => storage.time(), log, metrics });
  const now = overrides.now ?? clock.now;
  const relay = createRelay({ bus, log, metrics, now });
  const background = new Set<Promise<void>>();
  const runInBackground = (work: Promise<void>) => {
    const watched = work.finally(() => background.delete(watched));
    background.add(watched);
  };
  const live = createLive({ bus, config, log, metrics });
  const services = { log, metrics, bus, relay, live, runInBackground };
  const base: Base = { name, config, ...services, now, newId: () => newId(now()), fail, driver };
  const { storage, ctx } = service.open(base);

  const own = service.subscriptions?.(ctx) ?? [];
  const { revokedSessions, forgetPerson } = storage;
  return {
    base,
    storage,
    clock,
    ctx,
    subscriptions:
      service.sessions && revokedSessions ? withSessionEvents(own, revokedSessions, forgetPerson) : own,
    async check() {
      const checks: Storage['ready'] = {
        ...storage.ready,
        clock: clock.problem,
        ...(service.sessions && revokedSessions && { sessions: revokedSessions.problem }),
      };
      const states = Object.entries(checks).map(async ([name, check]) => [name, (await check()) ?? 'ok']);
      return Object.fromEntries(await Promise.all(states)) as Record<string, string>;
    },
    async close() {
      // Work in the background may save events, which the relay then publishes.
      await Promise.all(background);
      await relay.drain();
      await bus.close();
      await storage.close();
      await stopTracing();
    },
  };
}

/**
 * Starts a service and resolves when it listens. The database and the bus may still be connecting (see `/readyz`).
 * @throws ConfigError that names every invalid variable
 */
export async function startService<X>(
  service: Service<X>,
  env: Env,
  overrides: Overrides = {},
): Promise<Running<X>> {
  const parts = await openParts(service, env, overrides);
  const { base, storage, ctx } = parts;
  const { config, log, bus, live } = base;
  const stopping = new AbortController();
  // Every job waits for it: by default, Node takes more than ten for a leak.
  setMaxListeners(0, stopping.signal);
  const readiness = async () => {
    const checks = await parts.check();
    const ready = !stopping.signal.aborted && Object.values(checks).every((state) => state === 'ok');
    return { ready, checks: { ...checks, bus: busState(bus) } };
  };

  const app = createApp({
    ...base,
    routes: [
      ...(service.routes?.(ctx) ?? []),
      ...officeRoutes({ service: service as Service<unknown>, parts }),
    ],
    files: service.files ?? {},
    refusals: service.refusals ?? {},
    isRevoked: service.sessions ? storage.revokedSessions?.has : undefined,
    readiness,
    idempotencyKeys: storage.idempotencyKeys,
  });
  const shedding = shedOverload(app, base);
  const server = createHttpServer(shedding.listener, stopping.signal);
  const url = await listen(server, config);

  const consumer = startConsumer(service, parts);
  live.start();
  const isReady = async () => (await readiness()).ready;
  const retryParked = every(config.PARKED_SWEEP_MS, 'retry-parked', consumer.retryParked);
  const jobs = [...jobsOf(service, parts), retryParked].map((job) =>
    runWhenReady(job, base, isReady, stopping.signal),
  );
  const workers = service.workers?.(ctx) ?? [];
  for (const worker of workers) worker.start();
  log.info({ url }, 'listening');

  async function stop(): Promise<void> {
    stopping.abort();
    await new Promise((resolve) => setTimeout(resolve, config.SHUTDOWN_DELAY_MS));
    // By now, load balancers send the clients to other processes.
    await live.stop();
    await closeServer(server);
    shedding.stop();
    consumer.stop();
    await Promise.all([bus.stopConsuming(), ...workers.map((worker) => worker.stop()), ...jobs]);
    await parts.close();
    log.info('stopped');
  }

  return { url, ctx, storage, bus, log, stop };
}

const maxGathered = 250;
const refreshStreamsEveryMs = 1_000;

function startConsumer<X>(service: Service<X>, { base, storage, subscriptions }: Parts<X>) {
  const { config, bus } = base;
  const { deadLetters, parkedMessages } = storage;
  const consumer = createConsumer({ ...base, subscriptions, deadLetters, parkedMessages, limits: config });
  const types = subscriptions.map(({ event }) => event.type);
  const { deliver } = consumer;
  const { gatherEventsMs: gatherMs } = service;
  if (types.length > 0)
    bus.consume({
      service: service.name,
      types,
      concurrency: gatherMs === undefined ? config.CONSUMER_CONCURRENCY : maxGathered,
      gatherMs,
      deliver,
    });
  return consumer;
}

function busState(bus: Bus): string {
  if (!bus.connectedSince()) return 'disconnected (not required)';
  const refusal = bus.refusal();
  return refusal === undefined ? 'ok' : `refuses messages: ${refusal} (not required)`;
}

/** The service's own jobs, and those of every service. */
function jobsOf<X>(service: Service<X>, { base, storage, clock, ctx }: Parts<X>): readonly Job[] {
  const { config, relay, live, metrics, now } = base;
  const { brokerIdentity, revokedSessions, outboxes } = storage;
  const gauge = async () => service.gauge?.(ctx);
  return [
    ...(service.jobs?.(ctx) ?? []),
    every(compareEveryMs, 'compare-clocks', clock.compare),
    every(refreshStreamsEveryMs, 'refresh-streams', live.refresh),
    every(config.OUTBOX_SWEEP_MS, 'relay-outbox', () => relay.sweep(outboxes)),
    every(config.GAUGES_EVERY_MS, 'gauges', measureGauges(storage, gauge, metrics, now)),
    every(config.GAUGES_EVERY_MS, 'bus-window', watchWindow(base)),
    every(config.GAUGES_EVERY_MS, 'bus-stored', measureStream(base)),
    ...(service.sessions && revokedSessions ? [refreshSessions(revokedSessions)] : []),
    ...(brokerIdentity
      ? [every(1_000, 'republish-after-loss', republishAfterLoss({ ...base, brokerIdentity, outboxes }))]
      : []),
  ];
}

// Before the database is ready, a job could only fail and fill the log.
async function runWhenReady(
  job: Job,
  { log }: Base,
  isReady: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && !(await isReady())) await pause(100, signal);
  await runJob(job, log, signal);
}
