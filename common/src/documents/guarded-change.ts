// Documents change by decisions.
//
// Problem: a state and its events must be saved together, and two writers must not overwrite each other.
// Guarantee: one update writes the new state, its events (the `outbox` of the same document) and its history entry. A
// guard on `version` refuses the update after any other write; then the decision is made again on the stored state.
// One document needs no transaction. Not promised: that `decide` runs once. It is synchronous, so that it has no effects.
// Recent states are cached. A stale cache is safe: the version guard rejects the write.

import { accept, type Decision } from '../decision.js';
import { DependencyDown, NotFound } from '../errors.js';
import type { Cause } from '../observability/trace.js';
import type { DocumentCollection, Versioned } from './collection.js';
import { find } from './reads.js';
import { insert, update } from './writes.js';

/**
 * Decides on a new document. `retried` is true after a unique index refused an insert, and for a repeated idempotency key.
 * The new document of a keyed request must have the effect id of the key.
 */
export type DecideNew<S, C extends string> = (retried: boolean) => Decision<S, C> | Promise<Decision<S, C>>;

/** Decides on a document, or on its absence. */
export type DecideAny<S, C extends string> = (state: S | undefined) => Decision<S, C>;

/**
 * Inserts the accepted state. After a unique index refuses the insert, `decide` runs again and can read the holder.
 * One effect: the effect id of a keyed request is the id of the document, so the request creates one document at most. A
 * repeat has that document as its result.
 * @throws Error if the new document of a keyed request has another id
 */
export async function create<S extends Versioned, C extends string>(
  collection: DocumentCollection<S>,
  decide: DecideNew<S, C>,
  cause: Cause,
): Promise<Decision<S, C>> {
  const { request } = cause;
  for (let retried = request?.retried ?? false; ; retried = true) {
    const existing = retried && request ? await find(collection, request.effectId) : undefined;
    if (existing) return accept(existing);
    const decision = await decide(retried);
    if (decision.outcome !== 'accepted') return decision;
    if (request && decision.state.id !== request.effectId)
      throw new Error('with an Idempotency-Key, the id of the document must be the effect id of the key');
    if (await insert(collection, decision, cause)) return decision;
  }
}

/**
 * Loads, decides, and saves the new state with its events in one write.
 * @throws NotFound for an unknown id
 */
export async function change<S extends Versioned, C extends string>(
  collection: DocumentCollection<S>,
  id: string,
  decide: (state: S) => Decision<S, C>,
  cause: Cause,
): Promise<Decision<S, C>> {
  const decideExisting = (state: S | undefined) => {
    if (!state) throw new NotFound(collection.name, id);
    return decide(state);
  };
  return changeOrCreate(collection, id, decideExisting, cause);
}

/**
 * Like `change`, for a document that the first of several events creates.
 * @throws DependencyDown when the bus is away and too many events of the document wait for it
 */
export async function changeOrCreate<S extends Versioned, C extends string>(
  collection: DocumentCollection<S>,
  id: string,
  decide: DecideAny<S, C>,
  cause: Cause,
): Promise<Decision<S, C>> {
  const decided = await changeCached(collection, id, decide, cause);
  if (decided) return decided;
  for (let refused: S | undefined; ;) {
    const state = await find(collection, id);
    // The version is unchanged, so the write was refused because the outbox of the document is full.
    if (refused && state?.version === refused.version) throw new DependencyDown('bus');
    const decision = decide(state);
    if (decision.outcome !== 'accepted') return decision;
    const saved = state
      ? await update(collection, state, decision, cause)
      : await insert(collection, decision, cause);
    if (saved) return decision;
    refused = state;
  }
}

/** Like `changeOrCreate`, for a document that is probably new: tries the insert first. */
export async function insertOrChange<S extends Versioned, C extends string>(
  collection: DocumentCollection<S>,
  id: string,
  decide: DecideAny<S, C>,
  cause: Cause,
): Promise<Decision<S, C>> {
  const decision = decide(undefined);
  if (decision.outcome !== 'accepted') return decision;
  const saved = await insert(collection, decision, cause);
  return saved ? decision : changeOrCreate(collection, id, decide, cause);
}

// Only an accepted decision that raises the version is final here. Its guarded write proves that the cached state is the
// stored one.
async function changeCached<S extends Versioned, C extends string>(
  collection: DocumentCollection<S>,
  id: string,
  decide: DecideAny<S, C>,
  cause: Cause,
): Promise<Decision<S, C> | undefined> {
  const cached = collection.recent.get(id);
  if (!cached) return undefined;
  const decision = decide(cached);
  if (decision.outcome !== 'accepted' || decision.state.version <= cached.version) return undefined;
  return (await update(collection, cached, decision, cause)) ? decision : undefined;
}
