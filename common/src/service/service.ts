// A service is declared as data. `start.ts` starts and stops what is declared, in the same way for every service.

import type { ConnectOptions } from 'mongoose';
import type { z } from 'zod';
import type { Bus } from '../bus/bus.js';
import type { DeadLetters } from '../bus/dead-letters.js';
import type { ParkedMessages } from '../bus/parked-messages.js';
import type { Outbox, Relay } from '../bus/relay.js';
import type { BrokerIdentity } from '../bus/republish.js';
import type { Subscription } from '../bus/subscription.js';
import type { IdempotencyKeys } from '../documents/idempotency-keys.js';
import type { CommonRefusal, RefusalTable } from '../http/errors.js';
import type { Files } from '../http/files.js';
import type { RevokedSessions } from '../http/revoked-sessions.js';
import type { Access, Route } from '../http/route.js';
import type { Live } from '../live/live.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import type { Backup } from '../operator/backup.js';
import type { Command } from '../operator/command.js';
import type { Found } from '../operator/find.js';
import type { HistoryEntry } from '../operator/history.js';
import type { SnapshotEntry } from '../operator/snapshot.js';
import type { Stuck } from '../operator/stuck.js';
import type { BaseConfig } from './config.js';
import type { Job } from './jobs.js';

/** The parts of every service, whatever its store. */
export type Base<C = BaseConfig> = Readonly<{
  name: string;
  config: C;
  log: Logger;
  metrics: Metrics;
  bus: Bus;
  relay: Relay;
  /** Declares what clients can watch. */
  live: Live;
  /** The time by the clock of the store (clock.ts). @throws DependencyDown before the first comparison */
  now: () => Date;
  newId: () => string;
  /** Continues work that the caller does not wait for. `work` must not reject. Stopping the service waits for it. */
  runInBackground: (work: Promise<void>) => void;
  /** Ends the process: waiting cannot repair what was found. */
  fail: (error: Error) => void;
  /** Extra options of the MongoDB driver, for tests. */
  driver?: ConnectOptions | undefined;
}>;

/** Undefined if the dependency is usable; otherwise what is wrong. */
type Check = () => string | undefined | Promise<string | undefined>;

/** A store must provide this for a service to run on it. `mongodb` is one; expiration has its own. */
export type Storage = Readonly<{
  deadLetters: DeadLetters;
  parkedMessages: ParkedMessages;
  outboxes: readonly Outbox[];
  /** Reads the clock of the store. */
  time: () => Promise<Date>;
  /** The service is ready when every check is. */
  ready: Readonly<Record<string, Check>>;
  close(): Promise<void>;
  /** Stores which broker the service last saw, so that it notices a new or restarted one. */
  brokerIdentity?: BrokerIdentity;
  backup?: Backup;
  idempotencyKeys?: IdempotencyKeys;
  /** Required for routes that ask for a user. */
  revokedSessions?: RevokedSessions;
  /** Removes what is stored of messages about a user whose account is deleted. */
  forgetPerson?: (userId: string) => Promise<void>;
  /** The changes of an entity; empty for an unknown id. */
  history?: (id: string) => Promise<readonly HistoryEntry[]>;
  /** The ids of the newest entities that a request changed, by its X-Request-Id or trace id. */
  changedBy?: (request: string) => Promise<readonly string[]>;
}>;

/** Takes work from a queue other than the bus until it is stopped. */
export type Worker = Readonly<{ start(): void; stop(): Promise<void> }>;

/** The optional declarations of a service about its context `X`. */
type Declared<X, R extends Route, C extends string> = Readonly<{
  routes?: (ctx: X) => readonly R[];
  /** Status and message of each refusal code that the routes declare. */
  refusals?: RefusalTable<C>;
  /** Static files, by the path of their URL. */
  files?: Files;
  subscriptions?: (ctx: X) => readonly Subscription[];
  /** Events that nobody waits for are handled in groups, at most this many milliseconds late. */
  gatherEventsMs?: number;
  jobs?: (ctx: X) => readonly Job[];
  workers?: (ctx: X) => readonly Worker[];
  /** Sets the service's own gauges by cheap queries. Every replica does so every few seconds. */
  gauge?: (ctx: X) => Promise<void>;
  /** The entities that the service owns and copies, for the comparison of all services (`npm run ops -- check`). */
  snapshot?: (ctx: X) => AsyncIterable<SnapshotEntry>;
  /** Commands for operators beside those of every service (`npm run ops`). */
  commands?: readonly Command<X>[];
  /** The path of the routes for operators (operator/office.ts): `/api/orders/office`. Needs sessions. */
  office?: string;
  /** The data under an id or an address, found by cheap queries (`npm run ops -- find`). */
  find?: (ctx: X, text: string) => AsyncIterable<Found>;
  /** The stuck items, which should have ended by themselves (`npm run ops -- stuck`). */
  stuck?: (ctx: X) => AsyncIterable<Stuck>;
}>;

/** A declared service with a context `X`. */
export type Service<X> = Declared<X, Route, string> &
  Readonly<{
    name: string;
    config: z.ZodType<BaseConfig>;
    sessions: boolean;
    open: (base: Base) => Readonly<{ storage: Storage; ctx: X }>;
  }>;

type WithSessions = Readonly<{ revokedSessions: RevokedSessions }>;
type RouteOf<S extends boolean, C extends string> = Route<S extends true ? Access : 'anyone', C>;
type CodeOf<R> = R extends Route<Access, infer C> ? C : never;

type Declaration<
  C extends BaseConfig,
  P extends Storage,
  X,
  S extends boolean,
  R extends RouteOf<S, string>,
> = Declared<X, R, string> &
  Readonly<{
    name: string;
    config: z.ZodType<C>;
    /** Opens the service's store. */
    storage: (base: Base<C>) => P;
    /** Do routes ask for a user? Then the service ends sessions that auth revokes. Needs a store for them. */
    sessions: S & (P extends WithSessions ? boolean : false);
    /** Opens what use cases may use. */
    open: (platform: Base<C> & P) => X;
    refusals?: RefusalTable<Exclude<CodeOf<R>, CommonRefusal>>;
  }> &
  // A service whose routes declare a code must give it a status.
  ([Exclude<CodeOf<R>, CommonRefusal>] extends [never]
    ? unknown
    : Readonly<{ refusals: RefusalTable<Exclude<CodeOf<R>, CommonRefusal>> }>);

/**
 * Declares a service. Does not compile if a route asks for a user and `sessions` is not true, or if a route declares a
 * refusal code that has no status.
 */
export function defineService<
  C extends BaseConfig,
  P extends Storage,
  X,
  const S extends boolean,
  R extends RouteOf<S, string> = never,
>(declaration: Declaration<C, P, X, S, R>): Service<X> {
  const { storage: openStorage, open, ...service } = declaration;
  return {
    ...(service as Omit<Service<X>, 'open'>),
    open(base) {
      // `config` has been parsed by the service's own schema.
      const typed = base as Base<C>;
      const storage = openStorage(typed);
      return { storage, ctx: open({ ...typed, ...storage }) };
    },
  };
}
