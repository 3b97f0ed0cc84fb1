// One collection of things that change by decisions.
//
// Problem: the state of a thing and the events that tell of it must be one write, and two writers must not undo each
// other. Guarantee: `change` writes the new state, its events (the `outbox` of the same document) and who did it in one
// update that is guarded by the `version` it has seen; if somebody else was first it loads and decides again.
// No transaction is needed, because it is one document. Not promised: that `decide` is called once. It is synchronous by
// its type, so nothing outside the document can happen twice.
// What this process has seen last is remembered and decided on without reading it again. That may be old: then the
// guard refuses the write, and any decision but a step forward is made again on what is stored.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { SpanKind } from '@opentelemetry/api';
import { trusted, type Collection, type Model, type Schema } from 'mongoose';
import { accept, type Decision } from '../decision.js';
import { DependencyDown, NotFound } from '../errors.js';
import { failPoint } from '../fail-points.js';
import { toEnvelope, type DomainEvent, type Envelope } from '../events/event.js';
import type { Outbox, OutboxEntry, Relay } from '../bus/relay.js';
import { traceIdOf, type Cause } from '../observability/trace.js';
import type { Metrics } from '../observability/metrics.js';
import { withSpan } from '../observability/spans.js';
import type { Database } from './database.js';
import { batch } from './batch.js';

export type Versioned = Readonly<{ id: string; version: number; status?: string }>;

type Accepted<S> = Readonly<{ state: S; events: readonly DomainEvent[] }>;

type HistoryEntry = Readonly<{
  at: Date;
  by: string;
  why: string;
  /** id of the trace; not in what was written before there were any */
  trace?: string;
  from?: string | undefined;
  to: string;
  version: number;
  detail?: string;
}>;

export type Stored<S> = Omit<S, 'id'> & {
  _id: string;
  version: number;
  outbox: Envelope[];
  history: HistoryEntry[];
  changedAt: Date;
  /** of the last change */
  mark?: string;
  keys?: object;
  /** the keyed request that it came from */
  madeBy?: string;
};

type Rewrite = Readonly<{
  q: Readonly<{ _id: string; version: number }>;
  u: Readonly<{ $set: Readonly<{ mark: string; changedAt: Date }> }>;
}>;

/** The server's answer to `insert` and `update`. */
type Written = Readonly<{
  n: number;
  writeErrors?: readonly { index: number; code: number; errmsg: string }[];
}>;

type Options<S> = Readonly<{
  /** of one document, in words: `order` */
  name: string;
  database: Database;
  schema: Schema;
  relay: Relay;
  now: () => Date;
  /** What the history says of a change beside the status; with it a change is recorded that leaves the status as it is. */
  detail?: (before: S | undefined, after: S) => string | undefined;
  /** where changes of status are counted */
  metrics?: Pick<Metrics, 'changes'> | undefined;
  /** The event that tells others how the thing is now, if there is one. */
  toEvent?: (state: S) => DomainEvent | undefined;
  /** What a thing is found by: stored under `keys`, for the caller's indexes, and made from its state alone. */
  keys?: (state: S) => object;
}>;

/** Projection of a document to the state in it. */
export const withoutBookkeeping = {
  outbox: 0,
  history: 0,
  changedAt: 0,
  mark: 0,
  keys: 0,
  madeBy: 0,
} as const;

const historyLength = 50;
const awaitedForMs = 1_000;
const awaitedEveryMs = 50;
const remembered = 5_000;
const countedUpTo = 10_000;

export type Documents<S extends Versioned> = ReturnType<typeof openDocuments<S>>;

/** Opens the collection `<name>s`. `S` is the thing as its domain knows it; `id` is stored as `_id`. */
export function openDocuments<S extends Versioned>(given: Options<S>) {
  const { name, database, relay, now, metrics, toEvent, keys, detail: detailOf } = given;
  // The caller's schema stays as it is: a process may open it twice.
  const schema = given.schema.clone();
  schema.add({
    _id: String,
    version: Number,
    outbox: [Object],
    history: [Object],
    changedAt: Date,
    mark: String,
    keys: Object,
    madeBy: String,
  });
  schema.index({ 'outbox.id': 1 }, { partialFilterExpression: { 'outbox.id': { $gt: '' } } });
  // One effect: of two requests under one key, this index lets one insert through.
  schema.index(
    { madeBy: 1 },
    { name: 'one-effect', unique: true, partialFilterExpression: { madeBy: { $gt: '' } } },
  );
  if (toEvent) schema.index({ changedAt: 1 });
  schema.set('versionKey', false);
  schema.set('strict', 'throw');
  schema.set('minimize', false);
  const model = database.connection.model(name, schema, `${name}s`) as unknown as Model<Stored<S>>;
  // The driver's own calls where every request passes: ids and states are checked and typed already, so that mongoose
  // would only copy them (docs/performance.md).
  const collection = () => model.collection as unknown as Collection<Stored<S>>;
  const withKeys = (state: S) => (keys ? { ...state, keys: keys(state) } : state);
  const recent = new Map<string, S>();

  function remember(state: S): void {
    recent.delete(state.id);
    recent.set(state.id, state);
    if (recent.size > remembered) for (const oldest of recent.keys()) return void recent.delete(oldest);
  }

  const read = batch<string, S | undefined>(async (ids) => {
    const found = await collection()
      .find({ _id: { $in: ids } } as never, { projection: withoutBookkeeping })
      .toArray();
    const states = new Map(found.map((document) => [String(document._id), toState(document as Stored<S>)]));
    return ids.map((id) => states.get(id));
  });

  /** false when there is one with this key already. */
  const write = batch<Stored<S>, boolean>(async (documents) => {
    const { writeErrors = [] } = await run({ insert: collection().collectionName, documents });
    const refused = new Map(writeErrors.map((error) => [error.index, error]));
    return documents.map((_document, index) => {
      const error = refused.get(index);
      if (error && error.code !== duplicateKey) return new Error(error.errmsg);
      return error === undefined;
    });
  });

  /** false when its guard did not match. */
  const rewrite = batch<Rewrite, boolean>(async (updates) => {
    const { n, writeErrors = [] } = await run({ update: collection().collectionName, updates });
    if (n === updates.length) return updates.map(() => true);
    // The answer only counts. Each write has left its own mark: what bears it was written.
    const marks = updates.map(({ u }) => u.$set.mark);
    const ids = updates.map(({ q }) => q._id);
    const found = await collection()
      .find({ _id: { $in: ids }, mark: { $in: marks } } as never, { projection: { mark: 1 } })
      .toArray();
    const left = new Set(found.map(({ mark }) => mark));
    const failed = new Map(writeErrors.map(({ index, errmsg }) => [index, new Error(errmsg)]));
    return marks.map((mark, index) => failed.get(index) ?? left.has(mark));
  });

  // A command and not the driver's bulk write, which turns an outage into an error like any other.
  async function run(command: object, writeConcern: object = database.writeConcern): Promise<Written> {
    const { db } = database.connection;
    if (!db) throw new DependencyDown('database');
    const options = { ignoreUndefined: true };
    return (await db.command({ ...command, ordered: false, writeConcern }, options)) as unknown as Written;
  }

  async function find(id: string): Promise<S | undefined> {
    const state = await read(id);
    if (state) remember(state);
    return state;
  }

  /** @throws NotFound */
  async function get(id: string): Promise<S> {
    const state = await find(id);
    if (!state) throw new NotFound(name);
    return state;
  }

  /**
   * Like `get`, for a command that names a thing whose event may still be on its way here: waits up to a second for it.
   * @throws NotFound
   */
  async function getOrWait(id: string): Promise<S> {
    for (const end = Date.now() + awaitedForMs; ;) {
      const state = await find(id);
      if (state) return state;
      if (Date.now() >= end) throw new NotFound(name);
      await delay(awaitedEveryMs);
    }
  }

  async function findMadeBy(effect: string): Promise<S | undefined> {
    const found = await collection().findOne({ madeBy: effect } as never, { projection: withoutBookkeeping });
    return found ? toState(found as Stored<S>) : undefined;
  }

  /**
   * Inserts what `decide` accepts. When a unique index refuses that it is asked `again`, and may read what stands there;
   * an answer that it is so already inserts nothing. What the same keyed request has made before is the answer.
   */
  async function create<C extends string>(
    decide: (again: boolean) => Decision<S, C> | Promise<Decision<S, C>>,
    cause: Cause,
  ): Promise<Decision<S, C>> {
    const { request } = cause;
    for (let again = request?.again ?? false; ; again = true) {
      const made = again && request ? await findMadeBy(request.effect) : undefined;
      if (made) return accept(made);
      const decision = await decide(again);
      if (decision.outcome !== 'accepted') return decision;
      if (await insert(decision, cause, request?.effect)) return decision;
    }
  }

  /**
   * Loads, decides, and saves the new state with its events in one write.
   * @throws NotFound when there is no such thing
   */
  async function change<C extends string>(
    id: string,
    decide: (state: S) => Decision<S, C>,
    cause: Cause,
  ): Promise<Decision<S, C>> {
    const decideOnWhatIs = (state: S | undefined) => {
      if (!state) throw new NotFound(name);
      return decide(state);
    };
    return changeOrCreate(id, decideOnWhatIs, cause);
  }

  /** Like `change`, for things that come into being by whichever of their events is first here. */
  async function changeOrCreate<C extends string>(
    id: string,
    decide: (state: S | undefined) => Decision<S, C>,
    cause: Cause,
  ): Promise<Decision<S, C>> {
    const last = recent.get(id);
    if (last) {
      const decision = decide(last);
      const forward = decision.outcome === 'accepted' && decision.state.version > last.version;
      if (forward && (await update(last, decision, cause))) return decision;
    }
    for (;;) {
      const state = await find(id);
      const decision = decide(state);
      if (decision.outcome !== 'accepted') return decision;
      const saved = state ? await update(state, decision, cause) : await insert(decision, cause);
      if (saved) return decision;
    }
  }

  /** The same, for what is probably not here yet: tries the insert first. */
  async function createOrChange<C extends string>(
    id: string,
    decide: (state: S | undefined) => Decision<S, C>,
    cause: Cause,
  ): Promise<Decision<S, C>> {
    const decision = decide(undefined);
    if (decision.outcome !== 'accepted') return decision;
    const saved = await insert(decision, cause);
    return saved ? decision : changeOrCreate(id, decide, cause);
  }

  async function insert({ state, events }: Accepted<S>, cause: Cause, madeBy?: string): Promise<boolean> {
    const outbox = events.map((event) => toEnvelope(event, cause, now()));
    const { id, ...rest } = withKeys(state);
    const history = statusChange(undefined, state, cause);
    failPoint('before-commit');
    const document = { _id: id, ...rest, outbox, history, changedAt: now(), madeBy } as Stored<S>;
    const written = await withSpan(`insert ${name}`, part('insert', state), () => write(document));
    if (!written) return false;
    failPoint('after-commit');
    remember(state);
    count(history);
    kick(id, outbox);
    return true;
  }

  async function update(before: S, { state: after, events }: Accepted<S>, cause: Cause): Promise<boolean> {
    const outbox = events.map((event) => toEnvelope(event, cause, now()));
    const history = statusChange(before, after, cause);
    const push = {
      ...(outbox.length > 0 && { outbox: { $each: outbox } }),
      ...(history.length > 0 && { history: { $each: history, $slice: -historyLength } }),
    };
    const { $set, ...rest } = {
      ...difference(withKeys(before), withKeys(after)),
      ...(Object.keys(push).length > 0 && { $push: push }),
    };
    if (!$set && Object.keys(rest).length === 0) return true;
    failPoint('before-commit');
    const written = await withSpan(`update ${name}`, part('update', after), () =>
      rewrite({
        q: { _id: before.id, version: before.version },
        u: { ...rest, $set: { ...$set, changedAt: now(), mark: randomUUID() } },
      }),
    );
    if (!written) return false;
    failPoint('after-commit');
    remember(after);
    count(history);
    kick(before.id, outbox);
    return true;
  }

  function statusChange(before: S | undefined, after: S, { by, why, traceparent }: Cause): HistoryEntry[] {
    if (after.status === undefined) return [];
    const detail = detailOf?.(before, after);
    if (before?.status === after.status && detail === undefined) return [];
    const trace = traceIdOf(traceparent);
    const what = { from: before?.status, to: after.status, version: after.version };
    return [{ at: now(), by, why, trace, ...what, ...(detail !== undefined && { detail }) }];
  }

  function count(history: readonly HistoryEntry[]): void {
    for (const { from = '', to } of history) if (from !== to) metrics?.changes.inc({ thing: name, from, to });
  }

  // https://opentelemetry.io/docs/specs/semconv/database/mongodb/
  const part = (operation: string, { id, version }: S) =>
    ({
      kind: SpanKind.CLIENT,
      attributes: {
        'db.system.name': 'mongodb',
        'db.collection.name': `${name}s`,
        'db.operation.name': operation,
        'ticketing.id': id,
        'ticketing.version': version,
      },
    }) as const;

  const kick = (documentId: string, envelopes: readonly Envelope[]) =>
    relay.kick(
      outbox,
      envelopes.map((envelope) => ({ documentId, envelope })),
    );

  const outbox: Outbox = {
    async pending(olderThan, limit) {
      const documents = await model
        .find({ 'outbox.id': trusted({ $gt: '' }) } as never, { outbox: 1 })
        .limit(limit)
        .lean<Pick<Stored<S>, '_id' | 'outbox'>[]>();
      return documents.flatMap(({ _id, outbox: envelopes }) =>
        envelopes
          .filter(({ time }) => new Date(time) < olderThan)
          .map((envelope) => ({ documentId: _id, envelope })),
      );
    },
    async remove(entries: readonly OutboxEntry[]) {
      const updates = entries.map(({ documentId, envelope }) => ({
        q: { _id: documentId },
        u: { $pull: { outbox: { id: envelope.id } } },
      }));
      // A removal that is lost only means that the event is published once more.
      await run({ update: collection().collectionName, updates }, { w: 1 });
    },
    async depth() {
      const [found] = await model.aggregate<{ entries: number; oldest: string | null }>([
        { $match: { 'outbox.id': trusted({ $gt: '' }) } },
        { $limit: countedUpTo },
        {
          $group: {
            _id: null,
            entries: { $sum: { $size: '$outbox' } },
            oldest: { $min: { $min: '$outbox.time' } },
          },
        },
      ]);
      return { entries: found?.entries ?? 0, oldest: found?.oldest ? new Date(found.oldest) : undefined };
    },
    async *republish(since) {
      if (!toEvent) return;
      const changed = model
        .find({ changedAt: trusted({ $gte: since }) } as never)
        .sort({ changedAt: 1 })
        .lean<Stored<S>[]>();
      for await (const document of changed.cursor()) {
        const stored = document as Stored<S>;
        const isPending = stored.outbox.some(({ id }) => id.endsWith(`/${stored.version}`));
        const event = isPending ? undefined : toEvent(toState(stored));
        if (event) yield event;
      }
    },
    // In steps, because no call to the database may take long.
    async raiseVersions(by) {
      let ids: string[] = [];
      const raise = async () => {
        const update = { $inc: { version: by }, $set: { changedAt: now() } };
        await model.updateMany({ _id: trusted({ $in: ids }) } as never, update as never);
        ids = [];
      };
      for await (const { id } of all()) if (ids.push(id) === 1_000) await raise();
      await raise();
    },
  };

  /** Everything there is, by id. */
  async function* all(): AsyncGenerator<S> {
    const found = model.find({}, withoutBookkeeping).sort({ _id: 1 }).lean<Stored<S>[]>();
    for await (const document of found.cursor()) yield toState(document as Stored<S>);
  }

  /** Gives the things that were stored without their keys, or with those of other rules, what they are found by. */
  async function mendKeys(signal: AbortSignal): Promise<number> {
    let mended = 0;
    const found = model.find({}, { outbox: 0, history: 0 }).lean<Stored<S>[]>();
    for await (const document of found.cursor()) {
      if (signal.aborted) break;
      const { _id, version, keys: stored } = document as Stored<S>;
      const right = keys?.(toState(document as Stored<S>));
      if (!right || isDeepStrictEqual(stored, right)) continue;
      const updates = [{ q: { _id, version }, u: { $set: { keys: right } } }];
      mended += (await run({ update: collection().collectionName, updates })).n;
    }
    return mended;
  }

  /** The last changes of one thing, the oldest first; none when there is no such thing. */
  async function historyOf(id: string): Promise<readonly HistoryEntry[]> {
    const found = await model.findById(id, { history: 1 }).lean<Pick<Stored<S>, 'history'>>();
    return found?.history ?? [];
  }

  const reads = { all, find, get, getOrWait, historyOf };
  return { model, outbox, mendKeys, ...reads, create, change, changeOrCreate, createOrChange };
}

/** What is stored, as the domain knows it. */
export function toState<S extends Versioned>(document: Stored<S>): S {
  const { _id, outbox: _o, history: _h, changedAt: _c, mark: _m, keys: _k, madeBy: _b, ...rest } = document;
  return { id: _id, ...rest } as unknown as S;
}

/** The update that turns one state into the next: only the fields that differ. */
export function difference<S extends Versioned>(before: S, after: S) {
  const changed: Record<string, unknown> = {};
  const gone: Record<string, ''> = {};
  const old = before as Record<string, unknown>;
  const fresh = after as Record<string, unknown>;
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (key === 'id' || isDeepStrictEqual(old[key], fresh[key])) continue;
    if (fresh[key] === undefined) gone[key] = '';
    else changed[key] = fresh[key];
  }
  return {
    ...(Object.keys(changed).length > 0 && { $set: changed }),
    ...(Object.keys(gone).length > 0 && { $unset: gone }),
  };
}

const duplicateKey = 11_000;
