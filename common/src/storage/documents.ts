// One collection of things that change by decisions.
//
// Problem: the state of a thing and the events that tell of it must be one write, and two writers must not undo each
// other. Guarantee: `change` writes the new state, its events (the `outbox` of the same document) and who did it in one
// update that is guarded by the `version` it has seen; if somebody else was first it loads and decides again.
// No transaction is needed, because it is one document. Not promised: that `decide` is called once. It is synchronous by
// its type, so nothing outside the document can happen twice.

import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { trusted, type Model, type Schema } from 'mongoose';
import type { Decision } from '../decision.js';
import { NotFound } from '../errors.js';
import { seal, type DomainEvent, type Envelope } from '../events/event.js';
import type { Outbox, OutboxEntry, Relay } from '../messaging/relay.js';
import type { Cause } from '../trace.js';
import type { Database } from './database.js';

export type Versioned = Readonly<{ id: string; version: number; status?: string }>;

type HistoryEntry = Readonly<{
  at: Date;
  by: string;
  why: string;
  from?: string | undefined;
  to: string;
  version: number;
}>;

export type Stored<S> = Omit<S, 'id'> & {
  _id: string;
  version: number;
  outbox: Envelope[];
  history: HistoryEntry[];
  changedAt: Date;
};

type Options<S> = Readonly<{
  /** of one document, in words: `order` */
  name: string;
  database: Database;
  schema: Schema;
  relay: Relay;
  now: () => Date;
  /** The event that tells others how the thing is now, if there is one. */
  tell?: (state: S) => DomainEvent | undefined;
}>;

/** Projection of a document to the state in it. */
export const withoutBookkeeping = { outbox: 0, history: 0, changedAt: 0 } as const;

const historyLength = 50;
const awaitedForMs = 1_000;
const awaitedEveryMs = 50;

export type Documents<S extends Versioned> = ReturnType<typeof openDocuments<S>>;

/** Opens the collection `<name>s`. `S` is the thing as its domain knows it; `id` is stored as `_id`. */
export function openDocuments<S extends Versioned>(given: Options<S>) {
  const { name, database, relay, now, tell } = given;
  // The caller's schema stays as it is: a process may open it twice.
  const schema = given.schema.clone();
  schema.add({ _id: String, version: Number, outbox: [Object], history: [Object], changedAt: Date });
  schema.index({ 'outbox.id': 1 }, { partialFilterExpression: { 'outbox.id': { $gt: '' } } });
  if (tell) schema.index({ changedAt: 1 });
  schema.set('versionKey', false);
  schema.set('strict', 'throw');
  schema.set('minimize', false);
  const model = database.connection.model(name, schema, `${name}s`) as unknown as Model<Stored<S>>;

  async function find(id: string): Promise<S | undefined> {
    const document = await model.findById(id, withoutBookkeeping).lean<Stored<S>>();
    return document ? toState(document) : undefined;
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
  async function getSoon(id: string): Promise<S> {
    for (const end = Date.now() + awaitedForMs; ;) {
      const state = await find(id);
      if (state) return state;
      if (Date.now() >= end) throw new NotFound(name);
      await delay(awaitedEveryMs);
    }
  }

  /**
   * Inserts what `decide` accepts. `decide` may read, and is asked again when a unique index refuses its answer;
   * an answer that it is so already inserts nothing.
   */
  async function create<C extends string>(
    decide: () => Decision<S, C> | Promise<Decision<S, C>>,
    cause: Cause,
  ): Promise<Decision<S, C>> {
    for (;;) {
      const decision = await decide();
      if (decision.outcome !== 'accepted') return decision;
      if (await insert(decision.state, decision.events, cause)) return decision;
    }
  }

  /**
   * Loads, decides, and saves the new state with its events in one write. Who has just read the thing gives it as `seen`,
   * which saves reading it again; that it may be old by now does no harm.
   * @throws NotFound when there is no such thing
   */
  async function change<C extends string>(
    id: string,
    decide: (state: S) => Decision<S, C>,
    cause: Cause,
    seen?: S,
  ): Promise<Decision<S, C>> {
    const decideOnWhatIs = (state: S | undefined) => {
      if (!state) throw new NotFound(name);
      return decide(state);
    };
    return changeOrCreate(id, decideOnWhatIs, cause, seen);
  }

  /** Like `change`, for things that come into being by whichever of their events is first here. */
  async function changeOrCreate<C extends string>(
    id: string,
    decide: (state: S | undefined) => Decision<S, C>,
    cause: Cause,
    seen?: S,
  ): Promise<Decision<S, C>> {
    for (let state = seen ?? (await find(id)); ; state = await find(id)) {
      const decision = decide(state);
      if (decision.outcome !== 'accepted') return decision;
      const saved = state
        ? await update(state, decision.state, decision.events, cause)
        : await insert(decision.state, decision.events, cause);
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
    const saved = await insert(decision.state, decision.events, cause);
    return saved ? decision : changeOrCreate(id, decide, cause);
  }

  async function insert(state: S, events: readonly DomainEvent[], cause: Cause): Promise<boolean> {
    const outbox = events.map((event) => seal(event, cause, now()));
    const { id, ...rest } = state;
    try {
      await model.create([
        { _id: id, ...rest, outbox, history: statusChange(undefined, state, cause), changedAt: now() },
      ] as never);
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
    kick(id, outbox);
    return true;
  }

  async function update(before: S, after: S, events: readonly DomainEvent[], cause: Cause): Promise<boolean> {
    const outbox = events.map((event) => seal(event, cause, now()));
    const history = statusChange(before, after, cause);
    const push = {
      ...(outbox.length > 0 && { outbox: { $each: outbox } }),
      ...(history.length > 0 && { history: { $each: history, $slice: -historyLength } }),
    };
    const { $set, ...rest } = {
      ...difference(before, after),
      ...(Object.keys(push).length > 0 && { $push: push }),
    };
    if (!$set && Object.keys(rest).length === 0) return true;
    const changes = { ...rest, $set: { ...$set, changedAt: now() } };
    const result = await model.updateOne(
      { _id: before.id, version: before.version } as never,
      changes as never,
    );
    if (result.matchedCount === 0) return false;
    kick(before.id, outbox);
    return true;
  }

  function statusChange(before: S | undefined, after: S, { by, why }: Cause): HistoryEntry[] {
    if (after.status === undefined || before?.status === after.status) return [];
    return [{ at: now(), by, why, from: before?.status, to: after.status, version: after.version }];
  }

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
      await model.collection.bulkWrite(
        entries.map(({ documentId, envelope }) => ({
          updateOne: {
            filter: { _id: documentId } as never,
            update: { $pull: { outbox: { id: envelope.id } } } as never,
          },
        })),
        // A removal that is lost only means that the event is published once more.
        { ordered: false, writeConcern: { w: 1 } },
      );
    },
    async *retell(since) {
      const changed = model
        .find({ changedAt: trusted({ $gte: since }) } as never, withoutBookkeeping)
        .sort({ changedAt: 1 })
        .lean<Stored<S>[]>();
      if (!tell) return;
      for await (const document of changed.cursor()) {
        const event = tell(toState(document as Stored<S>));
        if (event) yield event;
      }
    },
  };

  return { model, outbox, find, get, getSoon, create, change, changeOrCreate, createOrChange };
}

/** What is stored, as the domain knows it. */
export function toState<S extends Versioned>(document: Stored<S>): S {
  const { _id, outbox: _outbox, history: _history, changedAt: _changedAt, ...rest } = document;
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

function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 11_000;
}
