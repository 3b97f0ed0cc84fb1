// Opens a collection and binds its reads and writes to it.

import { LRUCache } from 'lru-cache';
import type { Model } from 'mongoose';
import type { Decision } from '../decision.js';
import type { Cause } from '../observability/trace.js';
import { batch } from './batch.js';
import {
  decode,
  withBookkeeping,
  withoutBookkeeping,
  type DocumentCollection,
  type Options,
  type Stored,
  type Versioned,
} from './collection.js';
import {
  change,
  changeOrCreate,
  create,
  insertOrChange,
  type DecideAny,
  type DecideNew,
} from './guarded-change.js';
import { outboxOf } from './outbox.js';
import { changedBy, find, get, getOrWait, historyOf, readAll, readMany, scan } from './reads.js';
import { insertMany, updateMany } from './writes.js';

const recentStates = 5_000;

export type { Versioned };

export type Documents<S extends Versioned> = ReturnType<typeof openDocuments<S>>;

/** Opens the collection `<name>s` of states `S`; the `id` of a state is stored as `_id`. */
export function openDocuments<S extends Versioned>(options: Options<S>) {
  const collection = openCollection(options);
  return {
    model: collection.model,
    outbox: collection.outbox,
    /** The state in a stored document. */
    toState: (document: Stored<S>) => decode(collection, document),

    find: (id: string) => find(collection, id),
    /** A state that this process has read or written. It may be out of date. */
    recent: (id: string) => collection.recent.get(id),
    get: (id: string) => get(collection, id),
    getOrWait: (id: string, atLeast?: number) => getOrWait(collection, id, atLeast),
    all: () => readAll(collection),
    historyOf: (id: string) => historyOf(collection, id),
    changedBy: (request: string) => changedBy(collection, request),
    scan: (filter: object) => scan(collection, filter),

    create: <C extends string>(decide: DecideNew<S, C>, cause: Cause) => create(collection, decide, cause),
    change: <C extends string>(id: string, decide: (state: S) => Decision<S, C>, cause: Cause) =>
      change(collection, id, decide, cause),
    changeOrCreate: <C extends string>(id: string, decide: DecideAny<S, C>, cause: Cause) =>
      changeOrCreate(collection, id, decide, cause),
    insertOrChange: <C extends string>(id: string, decide: DecideAny<S, C>, cause: Cause) =>
      insertOrChange(collection, id, decide, cause),
  };
}

function openCollection<S extends Versioned>(options: Options<S>): DocumentCollection<S> {
  const { name, database, derived = {} } = options;
  const model = database.connection.model(name, withBookkeeping(options), `${name}s`) as unknown;
  const notDerived = Object.fromEntries(Object.keys(derived).map((field) => [field, 0 as const]));
  const projection = { ...withoutBookkeeping, ...notDerived };
  database.retireIndex({ collection: `${name}s`, name: 'one-effect', dropIn: '1.0' });
  const opened = { ...options, model: model as Model<Stored<S>>, projection };
  return {
    ...opened,
    outbox: outboxOf(opened),
    recent: new LRUCache<string, S>({ max: recentStates }),
    readOne: batch((ids) => readMany(opened, ids)),
    insertOne: batch((documents) => insertMany(opened, documents)),
    updateOne: batch((updates) => updateMany(opened, updates)),
  };
}
