// Reads of a collection. Each state that is read by id goes into the cache of recent states.

import { setTimeout as delay } from 'node:timers/promises';
import type { Collection } from 'mongoose';
import { NotFound } from '../errors.js';
import {
  decode,
  type DocumentCollection,
  type HistoryEntry,
  type Opened,
  type Stored,
  type Versioned,
} from './collection.js';

const waitMs = 1_000;
const pollMs = 50;
const scannedAtOnce = 10_000;
const maxFound = 20;

// The driver's own calls: ids and states are validated and typed already, so mongoose would only copy them
// (docs/performance.md).
const native = <S>(model: Opened<S>['model']) => model.collection as unknown as Collection<Stored<S>>;

/** The states of these ids, in their order. */
export async function readMany<S extends Versioned>(
  collection: Opened<S>,
  ids: readonly string[],
): Promise<(S | undefined)[]> {
  const { model, projection } = collection;
  const found = await native<S>(model)
    .find({ _id: { $in: ids } } as never, { projection })
    .toArray();
  const states = new Map(
    found.map((document) => [String(document._id), decode(collection, document as Stored<S>)]),
  );
  return ids.map((id) => states.get(id));
}

export async function find<S extends Versioned>(
  collection: DocumentCollection<S>,
  id: string,
): Promise<S | undefined> {
  const state = await collection.readOne(id);
  if (state) collection.recent.set(id, state);
  return state;
}

/** @throws NotFound */
export async function get<S extends Versioned>(collection: DocumentCollection<S>, id: string): Promise<S> {
  const state = await find(collection, id);
  if (!state) throw new NotFound(collection.name, id);
  return state;
}

/**
 * Like `get`, but waits up to a second for a document, or its version `atLeast`, whose event may still be on its way.
 * Then an older version is the result.
 * @throws NotFound
 */
export async function getOrWait<S extends Versioned>(
  collection: DocumentCollection<S>,
  id: string,
  atLeast = 0,
): Promise<S> {
  for (const end = performance.now() + waitMs; ;) {
    const state = await find(collection, id);
    if (state && state.version >= atLeast) return state;
    if (performance.now() >= end) {
      if (state) return state;
      throw new NotFound(collection.name);
    }
    await delay(pollMs);
  }
}

/** All states, ordered by id. */
export async function* readAll<S extends Versioned>(collection: Opened<S>): AsyncGenerator<S> {
  const { model, projection } = collection;
  const found = model.find({}, projection).sort({ _id: 1 }).lean<Stored<S>[]>();
  for await (const document of found.cursor()) yield decode(collection, document as Stored<S>);
}

/**
 * The documents that match the filter, newest first, without the need for an index. Reads the whole collection, in batches,
 * because no database call may take long: for operators only.
 */
export async function* scan<S extends Versioned>(
  collection: Opened<S>,
  filter: object,
): AsyncGenerator<Readonly<{ state: S; changedAt: Date }>> {
  const { model, projection } = collection;
  const { changedAt: _left, ...withChangedAt } = projection;
  const newestFirst = { sort: { _id: -1 } } as const;
  let below: string | undefined;
  do {
    const range = { $gt: '', ...(below !== undefined && { $lt: below }) };
    const last = { ...newestFirst, skip: scannedAtOnce - 1, projection: { _id: 1 } };
    const lowest = await native<S>(model).findOne({ _id: range } as never, last);
    const batch = { _id: { ...range, ...(lowest && { $gte: lowest._id }) } };
    const found = native<S>(model).find({ ...batch, ...filter } as never, {
      ...newestFirst,
      projection: withChangedAt,
    });
    for await (const document of found) {
      const stored = document as Stored<S>;
      yield { state: decode(collection, stored), changedAt: stored.changedAt };
    }
    below = lowest ? String(lowest._id) : undefined;
  } while (below !== undefined);
}

/** The ids of the newest documents whose history names this request, by its `X-Request-Id` or trace id. */
export async function changedBy<S extends Versioned>(
  collection: Opened<S>,
  request: string,
): Promise<string[]> {
  const ids: string[] = [];
  const names = { $or: [{ 'history.why': `request:${request}` }, { 'history.trace': request }] };
  for await (const { state } of scan(collection, names)) if (ids.push(state.id) === maxFound) break;
  return ids;
}

// Earlier releases stored the detail as `note`.
type StoredEntry = HistoryEntry & Readonly<{ note?: string }>;

/** The last changes of one document, oldest first; empty for an unknown id. */
export async function historyOf<S extends Versioned>(
  { model }: Opened<S>,
  id: string,
): Promise<readonly HistoryEntry[]> {
  const found = await model.findById(id, { history: 1 }).lean<Pick<Stored<S>, 'history'>>();
  const entries: readonly StoredEntry[] = found?.history ?? [];
  return entries.map(({ note, ...entry }) => (note === undefined ? entry : { detail: note, ...entry }));
}
