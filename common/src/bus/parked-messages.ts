// Messages whose handling failed, kept by the service until their next try.
//
// Problem: the broker delivers a limited number of unacknowledged messages. Messages that waited for a retry at the broker
// would fill that window and stop all others (docs/decisions/0028). Guarantee: a parked message is stored before it is
// acknowledged, and stays until it is handled or a dead letter. Not promised: order, and handling once.

import { createHash } from 'node:crypto';
import { Schema, type Collection } from 'mongoose';
import { batch } from '../documents/batch.js';
import type { Database } from '../documents/database.js';
import { results, runWrite } from '../documents/writes.js';
import { DependencyDown } from '../errors.js';
import { newId } from '../id.js';

export type ParkedMessage = Readonly<{
  id: string;
  /** the message's bytes, unchanged */
  body: string;
  type: string;
  tries: number;
  storedAt: Date;
  /** since it was parked, by the clock of the store */
  ageMs: number;
}>;

export type NewlyParked = Omit<ParkedMessage, 'id' | 'ageMs'> &
  Readonly<{
    /** until the next try */
    delayMs: number;
    /** id of the document that is missing */
    waitsFor?: string | undefined;
  }>;

export interface ParkedMessages {
  /** Stores a message unless it is stored already; false when the store is full. */
  add(message: NewlyParked): Promise<boolean>;
  /** Takes up to `limit` due messages. No other process gets them within a minute. */
  claim(limit: number): Promise<ParkedMessage[]>;
  postpone(message: Pick<ParkedMessage, 'id' | 'tries'>, delayMs: number): Promise<void>;
  remove(id: string): Promise<void>;
  depth(): Promise<{ count: number; oldestSeconds: number }>;
}

/** Messages beyond this number become dead letters. */
export const maxParked = 10_000;
export const claimedForMs = 60_000;

/** The identity of a message: its bytes. An id that the sender chooses could displace another message. */
export const parkedIdOf = (body: string): string => createHash('sha256').update(body).digest('base64url');

type Stored = Omit<ParkedMessage, 'id' | 'ageMs'> &
  Readonly<{ _id: string; waitsFor: string | null; parkedAt: Date; nextTryAt: Date; claim?: string }>;

const schema = new Schema({ _id: String, waitsFor: String, parkedAt: Date, nextTryAt: Date });
schema.index({ nextTryAt: 1 });
schema.index({ waitsFor: 1 });
schema.index({ parkedAt: 1 });

const name = 'parkedMessages';
const inMs = (milliseconds: number) => ({ $add: ['$$NOW', milliseconds] });

export type ParkedInDatabase = ReturnType<typeof parkedMessagesIn>;

/** Keeps parked messages in the collection `parkedMessages` of the service's database. */
export function parkedMessagesIn(database: Database) {
  const model = database.connection.model<Stored>('parked-message', schema, name);
  const messages = () => model.collection as unknown as Collection<Stored>;
  const { insert, wake, postpone, remove } = batchedWrites(database);
  // Is anything parked, as of the last claim or addition? If not, an inserted document need not wake messages.
  let isAnyParked = true;
  let additions = 0;

  return {
    async add(message) {
      const isStored = await insert(message);
      additions += 1;
      isAnyParked = true;
      return isStored;
    },

    async claim(limit) {
      const before = additions;
      const claimed = await claim(database, messages(), limit);
      // The claim may not have seen a message that was added meanwhile.
      isAnyParked = claimed.isAnyParked || additions > before;
      return claimed.messages;
    },

    postpone: ({ id, tries }, delayMs) => postpone({ id, tries, delayMs }),
    remove,
    depth: () => depth(messages()),

    /** The messages that wait for this document become due at once. If that fails, their timer remains. */
    appeared(id: string): void {
      if (isAnyParked) wake(id).catch(() => undefined);
    },

    /** Is a message of this type parked because its handler failed, and not because its subject is unknown? */
    hasFailing: async (type: string): Promise<boolean> =>
      (await messages().findOne({ type, waitsFor: null })) !== null,
  } satisfies ParkedMessages & Record<string, unknown>;
}

type Postponed = Pick<ParkedMessage, 'id' | 'tries'> & Readonly<{ delayMs: number }>;

function batchedWrites(database: Database) {
  return {
    insert: batch<NewlyParked, boolean>((added) => insertWhileThereIsRoom(database, added), {
      oneAtATime: true,
    }),
    wake: batch<string, void>(async (ids) => {
      // The oldest possible time: these messages come before all others that are due.
      await update(database, { waitsFor: { $in: ids } }, { nextTryAt: new Date(0) });
      return ids.map(() => undefined);
    }),
    postpone: batch<Postponed, void>(async (postponed) => {
      const updates = postponed.map(({ id, tries, delayMs }) => ({
        q: { _id: id },
        u: [{ $set: { nextTryAt: inMs(delayMs), tries } }],
      }));
      await runWrite(database, { update: name, updates });
      return postponed.map(() => undefined);
    }),
    remove: batch<string, void>(async (ids) => {
      await runWrite(database, { delete: name, deletes: [{ q: { _id: { $in: ids } }, limit: 0 }] });
      return ids.map(() => undefined);
    }),
  };
}

async function depth(messages: Collection<Stored>) {
  const ageMs = { $subtract: ['$$NOW', '$parkedAt'] };
  const oldest = messages.find<{ ageMs: number }>({}, { projection: { ageMs } }).sort({ parkedAt: 1 });
  const [count, [found]] = await Promise.all([messages.estimatedDocumentCount(), oldest.limit(1).toArray()]);
  return { count, oldestSeconds: (found?.ageMs ?? 0) / 1_000 };
}

async function update(database: Database, q: object, $set: object): Promise<void> {
  await runWrite(database, { update: name, updates: [{ q, u: [{ $set }], multi: true }] });
}

async function insertWhileThereIsRoom(
  database: Database,
  added: readonly NewlyParked[],
): Promise<(boolean | Error)[]> {
  const counted = database.connection.collection(name).estimatedDocumentCount();
  const [count, now] = await Promise.all([counted, databaseTime(database)]);
  const stored = await insertMany(database, added.slice(0, Math.max(0, maxParked - count)), now);
  return added.map((_message, index) => stored[index] ?? false);
}

async function databaseTime({ connection }: Database): Promise<number> {
  if (!connection.db) throw new DependencyDown('database');
  const { localTime } = await connection.db.command({ hello: 1 });
  return (localTime as Date).getTime();
}

// Plain inserts: an upsert that computes its times costs the database several times as much.
async function insertMany(
  database: Database,
  added: readonly NewlyParked[],
  now: number,
): Promise<(true | Error)[]> {
  if (added.length === 0) return [];
  const documents = added.map(({ delayMs, waitsFor = null, ...message }) => ({
    _id: parkedIdOf(message.body),
    ...message,
    waitsFor,
    parkedAt: new Date(now),
    nextTryAt: new Date(now + delayMs),
  }));
  const { writeErrors } = await runWrite(database, { insert: name, documents });
  // A duplicate key means that the message is parked already. It stays as it is.
  return results(added.length, writeErrors).map((result) => result || true);
}

async function claim(database: Database, messages: Collection<Stored>, limit: number) {
  const isDue = { $lte: ['$nextTryAt', '$$NOW'] };
  const next = await messages
    .find<{ _id: string; isDue: boolean }>({}, { projection: { isDue } })
    .sort({ nextTryAt: 1 })
    .limit(limit)
    .toArray();
  const due = next.filter((message) => message.isDue).map(({ _id }) => _id);
  if (due.length === 0) return { isAnyParked: next.length > 0, messages: [] };

  const own = newId();
  await update(database, { _id: { $in: due }, $expr: isDue }, { nextTryAt: inMs(claimedForMs), claim: own });
  const ageMs = { $subtract: ['$$NOW', '$parkedAt'] };
  const projection = { body: 1, type: 1, tries: 1, storedAt: 1, ageMs };
  type Claimed = Omit<ParkedMessage, 'id'> & { _id: string };
  const claimed = await messages.find<Claimed>({ _id: { $in: due }, claim: own }, { projection }).toArray();
  return { isAnyParked: true, messages: claimed.map(({ _id, ...message }) => ({ id: _id, ...message })) };
}
