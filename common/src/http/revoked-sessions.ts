// The sessions that ended before their tokens expire, as one service knows them.
//
// Problem: a token stays valid after its session has ended, and a database query per request would cost more than most
// requests. Therefore auth publishes ended sessions, and each service caches them in memory.
// Guarantee: `add` stores sessions, and this process refuses them at once. The service's other processes refuse them
// after their next refresh, about a second later. The cache survives an outage of the database.
// Not promised: refusing a token while the event is still on the bus.

import { Schema, type Collection } from 'mongoose';
import type { Database } from '../documents/database.js';
import { DependencyDown } from '../errors.js';
import type { EndedSession } from '../events/users.js';

export type RevokedSessions = Readonly<{
  /** @throws DependencyDown before the first load: an ended session must not pass */
  has(sid: string): boolean;
  /** Stores sessions that are new, then refuses them in this process. */
  add(sessions: readonly EndedSession[]): Promise<void>;
  /** Loads what other processes stored since the last refresh; the first call loads everything. */
  refresh(): Promise<void>;
  /** For `/readyz`: undefined once the sessions are loaded. Otherwise starts loading them. */
  problem(): string | undefined;
}>;

type Stored = Readonly<{ _id: string; expiresAt: Date; storedAt: Date }>;

const schema = new Schema({ _id: String, expiresAt: Date, storedAt: Date }, { versionKey: false });
// Kept longer than the token is valid, for processes whose clocks are behind.
const keptMs = 3_600_000;
schema.index({ expiresAt: 1 }, { expireAfterSeconds: keptMs / 1_000 });
schema.index({ storedAt: 1 });

// Writes may become visible out of order, so each refresh looks back before the newest one seen. A primary whose clock was
// ahead may have stored a time in the future: the refresh looks back before the present, too.
const overlapMs = 10_000;
const pruneEveryMs = 60_000;
const duplicateKey = 11_000;

/** Opens the collection `revokedSessions` of the service's database. */
export function revokedSessionsIn(database: Database, now: () => Date): RevokedSessions {
  const model = database.connection.model<Stored>('revoked-session', schema, 'revokedSessions');
  const collection = () => model.collection as unknown as Collection<Stored>;
  // By session id: when its token expires. Dates would double the memory of an entry.
  const known = new Map<string, number>();
  let loading: Promise<void> | undefined;
  let isLoaded = false;
  let newestMs = 0;
  let prunedAt = performance.now();

  async function load(): Promise<void> {
    const since = Math.min(newestMs, now().getTime()) - overlapMs;
    const recent = { storedAt: { $gte: new Date(since) } };
    for await (const { _id, expiresAt, storedAt } of collection().find(isLoaded ? recent : {})) {
      known.set(_id, expiresAt.getTime());
      newestMs = Math.max(newestMs, storedAt.getTime());
    }
    isLoaded = true;
    if (performance.now() - prunedAt > pruneEveryMs) prune();
  }

  function prune(): void {
    prunedAt = performance.now();
    for (const [sid, expiresAtMs] of known) if (isExpired(expiresAtMs)) known.delete(sid);
  }

  const isExpired = (expiresAtMs: number) => expiresAtMs + keptMs < now().getTime();

  const refresh = () => (loading ??= load().finally(() => (loading = undefined)));

  return {
    has(sid) {
      if (!isLoaded) throw new DependencyDown('the list of revoked sessions');
      return known.has(sid);
    },
    async add(sessions) {
      const fresh = sessions.filter(
        ({ sid, expiresAt }) => !known.has(sid) && !isExpired(expiresAt.getTime()),
      );
      if (fresh.length === 0) return;
      await store(database, fresh);
      for (const { sid, expiresAt } of fresh) known.set(sid, expiresAt.getTime());
    },
    refresh,
    problem() {
      if (isLoaded) return undefined;
      if (database.problem() === undefined && !loading) void refresh().catch(() => undefined);
      return 'not loaded yet';
    },
  };
}

// `storedAt` is the database's time, which all processes of a service share.
const withStoredAt = (expiresAt: Date) => ({ expiresAt, storedAt: { $ifNull: ['$storedAt', '$$NOW'] } });

async function store({ connection, writeConcern }: Database, sessions: readonly EndedSession[]) {
  if (!connection.db) throw new DependencyDown('database');
  const updates = sessions.map(({ sid, expiresAt }) => ({
    q: { _id: sid },
    u: [{ $set: withStoredAt(expiresAt) }],
    upsert: true,
  }));
  const command = { update: 'revokedSessions', updates, ordered: false, writeConcern };
  const reply = await connection.db.command(command);
  const errors = (reply['writeErrors'] ?? []) as readonly { code: number; errmsg: string }[];
  // A duplicate key means that another process stored the same session at the same time.
  const failed = errors.find(({ code }) => code !== duplicateKey);
  if (failed) throw new Error(failed.errmsg);
}
