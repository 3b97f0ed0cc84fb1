// The sessions that were ended before their tokens expire, as one service knows them.
//
// Problem: a token says by itself who its bearer is, whatever has happened since it was signed; and asking a database at
// every request costs more than most requests. So auth tells which sessions were ended, and each service remembers them.
// Guarantee: what is added is stored, and refused by this process at once and by the service's other processes within a
// second or so: of several only one gets the event, all look every second for what was stored lately. What is known
// stays known while the database is away.
// Not promised: that a token is refused while the news of its end is still on the bus.

import { Schema, type Collection } from 'mongoose';
import { DependencyDown } from '../errors.js';
import type { Incoming } from '../events/event.js';
import type { EndedSession, SessionRevoked, UserDeleted } from '../events/users.js';
import type { Database } from '../documents/database.js';

export type RevokedSessions = Readonly<{
  /** @throws DependencyDown until they have been loaded once: nobody may pass who has signed out */
  has(sid: string): boolean;
  /** Stores those that are new, then refuses them here at once. */
  add(sessions: readonly EndedSession[]): Promise<void>;
  /** Takes what other processes have stored lately; at first, everything. */
  refresh(): Promise<void>;
  /** for `/readyz`: undefined when they are loaded, otherwise loading them has begun */
  problem(): string | undefined;
}>;

type Stored = Readonly<{ _id: string; expiresAt: Date; storedAt: Date }>;

const schema = new Schema({ _id: String, expiresAt: Date, storedAt: Date }, { versionKey: false });
// Kept a while longer than the token is valid, for processes whose clocks are behind.
const keptMs = 3_600_000;
schema.index({ expiresAt: 1 }, { expireAfterSeconds: keptMs / 1_000 });
schema.index({ storedAt: 1 });

// What is stored may be seen later than what was stored after it, so each look goes back some time before the newest.
const overlapMs = 10_000;
const tidyEveryMs = 60_000;

/** The revoked sessions, in the collection `revokedSessions` of the service's own database. */
export function revokedSessionsIn(database: Database): RevokedSessions {
  const model = database.connection.model<Stored>('revoked-session', schema, 'revokedSessions');
  const collection = () => model.collection as unknown as Collection<Stored>;
  const known = new Map<string, Date>();
  let loading: Promise<void> | undefined;
  let isLoaded = false;
  let newestMs = 0;
  let tidiedAt = Date.now();

  async function look(): Promise<void> {
    const lately = { storedAt: { $gte: new Date(newestMs - overlapMs) } };
    for await (const { _id, expiresAt, storedAt } of collection().find(isLoaded ? lately : {})) {
      known.set(_id, expiresAt);
      newestMs = Math.max(newestMs, storedAt.getTime());
    }
    isLoaded = true;
    if (Date.now() - tidiedAt > tidyEveryMs) tidy();
  }

  function tidy(): void {
    tidiedAt = Date.now();
    for (const [sid, expiresAt] of known) if (isOver(expiresAt)) known.delete(sid);
  }

  const refresh = () => (loading ??= look().finally(() => (loading = undefined)));

  return {
    has(sid) {
      if (!isLoaded) throw new DependencyDown('the list of revoked sessions');
      return known.has(sid);
    },
    async add(sessions) {
      const fresh = sessions.filter(({ sid, expiresAt }) => !known.has(sid) && !isOver(expiresAt));
      if (fresh.length === 0) return;
      await store(database, fresh);
      for (const { sid, expiresAt } of fresh) known.set(sid, expiresAt);
    },
    refresh,
    problem() {
      if (isLoaded) return undefined;
      if (database.problem() === undefined && !loading) void refresh().catch(() => undefined);
      return 'not loaded yet';
    },
  };
}

const isOver = (expiresAt: Date) => expiresAt.getTime() + keptMs < Date.now();

// By the database's clock, which all processes of a service share.
const storeAt = (expiresAt: Date) => ({ expiresAt, storedAt: { $ifNull: ['$storedAt', '$$NOW'] } });

async function store({ connection, writeConcern }: Database, sessions: readonly EndedSession[]) {
  if (!connection.db) throw new DependencyDown('database');
  const updates = sessions.map(({ sid, expiresAt }) => ({
    q: { _id: sid },
    u: [{ $set: storeAt(expiresAt) }],
    upsert: true,
  }));
  const answer = await connection.db.command({
    update: 'revokedSessions',
    updates,
    ordered: false,
    writeConcern,
  });
  const errors = (answer['writeErrors'] ?? []) as readonly { code: number; errmsg: string }[];
  // Another process has stored the same in this moment.
  const failed = errors.find(({ code }) => code !== duplicateKey);
  if (failed) throw new Error(failed.errmsg);
}

const duplicateKey = 11_000;

/** Refuses the sessions that auth says are ended, and then does what else the event asks for. */
export function endSessions<I extends Incoming<typeof SessionRevoked | typeof UserDeleted>, A>(
  { revokedSessions }: { revokedSessions: RevokedSessions },
  andThen?: (incoming: I) => Promise<A>,
) {
  return async (incoming: I): Promise<A | void> => {
    const sessions = incoming.data.sessions.map(({ sid, expiresAt }) => ({
      sid,
      expiresAt: new Date(expiresAt),
    }));
    await revokedSessions.add(sessions);
    return andThen?.(incoming);
  };
}
