// Writes of a collection: a state, its events and its history entry in one command.

import { isDeepStrictEqual } from 'node:util';
import { SpanKind } from '@opentelemetry/api';
import { DependencyDown, isNoSpace } from '../errors.js';
import { toEnvelope, type DomainEvent, type Envelope } from '../events/event.js';
import { failPoint } from '../fail-points.js';
import { withSpan } from '../observability/spans.js';
import { traceIdOf, type Cause } from '../observability/trace.js';
import type {
  DocumentCollection,
  GuardedUpdate,
  HistoryEntry,
  Opened,
  Stored,
  Versioned,
} from './collection.js';
import type { Database } from './database.js';
import { runPastRetired, type WriteError } from './indexes.js';

export type Accepted<S> = Readonly<{ state: S; events: readonly DomainEvent[] }>;

/** The server's answer to `insert` and `update`. */
type Written = Readonly<{ upserted?: readonly unknown[]; writeErrors?: readonly WriteError[] }>;

export const historyLength = 50;
/** Unpublished events of a document. While the bus is away, further changes are refused, because no event may be lost. */
export const maxUnpublished = 100;
// https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
const duplicateKey = 11_000;
const immutableField = 66;

/** Runs a write command. The driver's bulk write would hide that an error is an outage. */
export async function runWrite(
  database: Database,
  command: object,
  writeConcern: object = database.writeConcern,
): Promise<Written> {
  const { db } = database.connection;
  if (!db) throw new DependencyDown('database');
  const { writeCheck } = database;
  try {
    const options = { ignoreUndefined: true };
    const answer = await db.command({ ...command, ordered: false, writeConcern }, options);
    const written = answer as unknown as Written;
    writeCheck.observe(written.writeErrors ?? []);
    return written;
  } catch (error) {
    writeCheck.observe([error as { code?: unknown }]);
    throw error;
  }
}

/** For each document: true when inserted, false when a unique index refused it. */
export async function insertMany<S>(
  { model, database }: Opened<S>,
  documents: readonly Stored<S>[],
): Promise<(boolean | Error)[]> {
  const errors = await runPastRetired(database, documents, (some) =>
    runWrite(database, { insert: model.collection.name, documents: some }),
  );
  return results(documents.length, errors);
}

const hasRoom = { [`outbox.${maxUnpublished - 1}`]: { $exists: false } };

/**
 * For each update: true when written, false when its guard matched no document. A plain update reports only the number of
 * matches of the whole command. Therefore each update is an upsert whose `$setOnInsert` of another `_id` makes every insert
 * fail with error 66, and that error names the update's index.
 */
export async function updateMany<S>(
  { model, database }: Opened<S>,
  guarded: readonly GuardedUpdate[],
): Promise<(boolean | Error)[]> {
  const updates = guarded.map(({ id, version, shardKey, changes }) => ({
    q: { _id: id, version, ...shardKey, ...('outbox' in (changes.$push ?? {}) && hasRoom) },
    u: { ...changes, $setOnInsert: { _id: null } },
    upsert: true,
  }));
  const errors = await runPastRetired(database, updates, async (some) => {
    const written = await runWrite(database, { update: model.collection.name, updates: some });
    // Fails closed: a server that inserts here would make a refused write look like a write.
    if (written.upserted !== undefined) throw new Error('MongoDB inserted a document for a guarded update');
    return written;
  });
  return results(guarded.length, errors, immutableField);
}

/** For each write of a command: true, false for the expected refusal, an error for any other failure. */
export function results(
  count: number,
  errors: Written['writeErrors'] = [],
  refusal: number = duplicateKey,
): (boolean | Error)[] {
  const all: (boolean | Error)[] = Array.from({ length: count }, () => true);
  for (const { index, code, errmsg } of errors) {
    const cause = Object.assign(new Error(errmsg), { code });
    if (isNoSpace(code)) all[index] = new DependencyDown('database', { cause });
    else all[index] = code === refusal ? false : cause;
  }
  return all;
}

/** Did a unique index refuse this write? */
export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof Error && (error as { code?: unknown }).code === duplicateKey;

/** Inserts a new document; false when a unique index refuses it. */
export async function insert<S extends Versioned>(
  collection: DocumentCollection<S>,
  { state, events }: Accepted<S>,
  cause: Cause,
): Promise<boolean> {
  const { now } = collection;
  const outbox = events.map((event) => toEnvelope(event, cause, now()));
  const history = historyEntries(collection, undefined, state, cause);
  const { id, ...rest } = toFields(collection, state);
  const document = { _id: id, ...rest, outbox, history, changedAt: now() } as Stored<S>;

  failPoint('before-commit');
  const written = await traced(collection, 'insert', state, () => collection.insertOne(document));
  if (written) {
    afterCommit(collection, state, outbox, history);
    collection.appeared?.(state.id);
  }
  return written;
}

/** Replaces the state `before` by `after`; false if the stored version has changed since. */
export async function update<S extends Versioned>(
  collection: DocumentCollection<S>,
  before: S,
  { state: after, events }: Accepted<S>,
  cause: Cause,
): Promise<boolean> {
  const { now } = collection;
  const outbox = events.map((event) => toEnvelope(event, cause, now()));
  const history = historyEntries(collection, before, after, cause);
  const push = {
    ...(outbox.length > 0 && { outbox: { $each: outbox } }),
    ...(history.length > 0 && { history: { $each: history, $slice: -historyLength } }),
  };
  const { $set, ...rest } = {
    ...difference(toFields(collection, before), toFields(collection, after)),
    ...(Object.keys(push).length > 0 && { $push: push }),
  };
  if (!$set && Object.keys(rest).length === 0) return true;

  failPoint('before-commit');
  const written = await traced(collection, 'update', after, () =>
    collection.updateOne({
      id: before.id,
      version: before.version,
      ...(collection.shardKey && { shardKey: collection.shardKey(before) }),
      changes: { ...rest, $set: { ...$set, changedAt: now() } },
    }),
  );
  if (written) afterCommit(collection, after, outbox, history);
  return written;
}

function afterCommit<S extends Versioned>(
  collection: DocumentCollection<S>,
  state: S,
  envelopes: readonly Envelope[],
  history: readonly HistoryEntry[],
): void {
  failPoint('after-commit');
  const { name, metrics, recent, relay, outbox } = collection;
  recent.set(state.id, state);
  for (const { from = '', to } of history) if (from !== to) metrics?.changes.inc({ thing: name, from, to });
  relay.kick(
    outbox,
    envelopes.map((envelope) => ({ documentId: state.id, envelope })),
  );
}

function historyEntries<S extends Versioned>(
  { detail: detailOf, now }: Opened<S>,
  before: S | undefined,
  after: S,
  { by, why, traceparent }: Cause,
): HistoryEntry[] {
  if (after.status === undefined) return [];
  const detail = detailOf?.(before, after);
  if (before?.status === after.status && detail === undefined) return [];
  const trace = traceIdOf(traceparent);
  const what = { from: before?.status, to: after.status, version: after.version };
  return [{ at: now(), by, why, trace, ...what, ...(detail !== undefined && { detail }) }];
}

/** The fields in which a state is stored. */
function toFields<S extends Versioned>({ derived, format }: Opened<S>, state: S): Readonly<{ id: string }> {
  const fields = format ? format.encode(state) : state;
  if (!derived) return fields;
  const computed = Object.entries(derived).map(([field, derive]) => [field, derive(state)]);
  return { ...fields, ...Object.fromEntries(computed) };
}

/** The update from one state to the next: only the fields that differ. */
export function difference(before: object, after: object) {
  const changed: Record<string, unknown> = {};
  const removed: Record<string, ''> = {};
  const old = before as Record<string, unknown>;
  const fresh = after as Record<string, unknown>;
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (key === 'id' || isDeepStrictEqual(old[key], fresh[key])) continue;
    if (fresh[key] === undefined) removed[key] = '';
    else changed[key] = fresh[key];
  }
  return {
    ...(Object.keys(changed).length > 0 && { $set: changed }),
    ...(Object.keys(removed).length > 0 && { $unset: removed }),
  };
}

// https://opentelemetry.io/docs/specs/semconv/database/mongodb/
function traced<S extends Versioned, T>(
  { name }: Opened<S>,
  operation: 'insert' | 'update',
  { id, version }: S,
  work: () => Promise<T>,
): Promise<T> {
  const attributes = {
    'db.system.name': 'mongodb',
    'db.collection.name': `${name}s`,
    'db.operation.name': operation,
    'ticketing.id': id,
    'ticketing.version': version,
  };
  return withSpan(`${operation} ${name}`, { kind: SpanKind.CLIENT, attributes }, work);
}
