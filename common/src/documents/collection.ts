// A collection of versioned documents: what opens it, and the shape in which a document is stored.

import type { LRUCache } from 'lru-cache';
import type { Model, Schema } from 'mongoose';
import type { Outbox, Relay } from '../bus/relay.js';
import type { DomainEvent, Envelope } from '../events/event.js';
import type { Metrics } from '../observability/metrics.js';
import type { Database } from './database.js';

export type Versioned = Readonly<{ id: string; version: number; status?: string }>;

/** One recorded change of a document. */
export type HistoryEntry = Readonly<{
  at: Date;
  by: string;
  why: string;
  /** trace id; entries from before tracing have none */
  trace?: string;
  from?: string | undefined;
  to: string;
  version: number;
  detail?: string;
}>;

/** A state with its bookkeeping. */
export type Stored<S> = Omit<S, 'id'> & {
  _id: string;
  version: number;
  outbox: Envelope[];
  history: HistoryEntry[];
  /** time of the last change */
  changedAt: Date;
  /** only in documents of earlier releases */
  madeBy?: string;
  mark?: string;
};

/** Projection of a document to its state. */
export const withoutBookkeeping = {
  outbox: 0,
  history: 0,
  changedAt: 0,
  mark: 0,
  madeBy: 0,
} as const;

export type Options<S> = Readonly<{
  /** what one document is, as a singular noun: `order` */
  name: string;
  database: Database;
  schema: Schema;
  relay: Relay;
  now: () => Date;
  /** Detail of a history entry. A change that leaves the status as it is gets an entry only if it has a detail. */
  detail?: (before: S | undefined, after: S) => string | undefined;
  /** counts changes of status */
  metrics?: Pick<Metrics, 'changes'> | undefined;
  /** The event that carries the full state, or several that do together, if this collection publishes any. */
  toEvent?: (state: S) => DomainEvent | readonly DomainEvent[] | undefined;
  /** Called with the id of each inserted document. Must not throw. */
  appeared?: (id: string) => void;
  /** Fields by name that are computed from the state: stored beside it for indexes, and left out of what is read. */
  derived?: Readonly<Record<string, (state: S) => object>>;
  /**
   * The fields of the shard key with their values in a state, if it is not `_id`: guarded writes name them, because a
   * sharded collection refuses an upsert without them. They never change.
   */
  shardKey?: (state: S) => Readonly<Record<string, unknown>>;
  /** How a state is stored, if not as it is. */
  format?: Format<S>;
}>;

/** Converts between a state and its stored fields. `decode` accepts what earlier releases have stored, too. */
export type Format<S> = Readonly<{
  encode: (state: S) => Readonly<{ id: string }>;
  decode: (fields: Readonly<{ id: string }>) => S;
}>;

type Changes = Readonly<{ $set: object; $push?: object; $unset?: object }>;
/** An update that applies only to this version of the document. */
export type GuardedUpdate = Readonly<{ id: string; version: number; shardKey?: object; changes: Changes }>;

export type Opened<S> = Options<S> &
  Readonly<{
    model: Model<Stored<S>>;
    /** of a document to its state, without derived fields */
    projection: Readonly<Record<string, 0>>;
  }>;

/** The parts that reads and writes of one collection share. */
export type DocumentCollection<S extends Versioned> = Opened<S> &
  Readonly<{
    outbox: Outbox;
    /** recent states by id; they may be stale */
    recent: LRUCache<string, S>;
    readOne(id: string): Promise<S | undefined>;
    /** false when a unique index refuses the document */
    insertOne(document: Stored<S>): Promise<boolean>;
    /** false when the stored version is another one */
    updateOne(update: GuardedUpdate): Promise<boolean>;
  }>;

/** A copy of the schema with the derived fields, the bookkeeping fields and their indexes. */
export function withBookkeeping<S>({ schema, derived = {}, toEvent }: Options<S>): Schema {
  const all = schema.clone();
  for (const field of Object.keys(derived)) all.add({ [field]: Object });
  all.add({
    _id: String,
    version: Number,
    outbox: [Object],
    history: [Object],
    changedAt: Date,
  });
  all.index({ 'outbox.id': 1 }, { partialFilterExpression: { 'outbox.id': { $gt: '' } } });
  if (toEvent) all.index({ changedAt: 1 });
  all.set('versionKey', false);
  all.set('strict', 'throw');
  all.set('minimize', false);
  return all;
}

/** The state in a stored document of a collection without `format`. */
export function toState<S extends Versioned>(document: Stored<S>): S {
  return fieldsIn(document) as unknown as S;
}

/** The state in a stored document. */
export const decode = <S extends Versioned>({ format }: Pick<Options<S>, 'format'>, document: Stored<S>): S =>
  format ? format.decode(fieldsIn(document)) : toState(document);

function fieldsIn<S>(document: Stored<S>): Readonly<{ id: string }> {
  const { _id, outbox: _o, history: _h, changedAt: _c, mark: _m, madeBy: _b, ...rest } = document;
  return { id: _id, ...rest };
}
