// The documents that streams watch, and how this process learns of their changes.
//
// Problem: any process may have made a change, and the bus may lose the message on its way to this one.
// Guarantee: a stream sends the states of the store. A message only says which document to read again; its event was saved
// with the state, so the read finds the change. Against lost messages, all watched documents are read again after every
// connect of the bus, and in continuous rotation. Not promised: each version in between.

import { pause } from '../bus/backoff.js';
import type { Versioned } from '../documents/collection.js';
import type { Logger } from '../observability/logger.js';
import { oncePerSecond } from '../observability/once-per-second.js';
import { createTopics, refresh, sendAll } from './topics.js';
import type { WatchedState, Watch } from './watch.js';

export type FeedOptions<S extends Versioned> = Readonly<{
  /** the events of these documents; each has the id of its document as the subject */
  events: readonly Readonly<{ type: string }>[];
  find: (id: string) => Promise<S | undefined>;
  view: (state: S) => unknown;
  /** whose documents can be watched together */
  owner?: Readonly<{
    /** the field of the events that has the owner's id */
    field: string;
    /** the owner's newest documents */
    find: (owner: string, limit: number) => Promise<readonly S[]>;
  }>;
}>;

type Parts = Readonly<{
  log: Logger;
  /** aborted when the service stops */
  signal: AbortSignal;
}>;

/** Documents of an owner that a stream begins with. */
export const maxOfOwner = 100;
const readAtOnce = 50;
const retryMs = 1_000;

export type Feed = ReturnType<typeof createFeed>;

export function createFeed<S extends Versioned>({ find, view, owner }: FeedOptions<S>, parts: Parts) {
  const topics = createTopics();
  const persist = persistently(parts);
  const one = (id: string) => ({ key: id, read: async () => toWatchedStates([await find(id)], view) });

  const announce = coalesced(async (id, keys: readonly string[]) =>
    persist(async () => {
      const states = await one(id).read();
      for (const key of keys) await sendAll(topics.listenersOf(key), states);
    }),
  );
  const readAll = coalesced(async () => {
    const all = topics.all();
    for (let first = 0; first < all.length; first += readAtOnce)
      await persist(() => refresh(all.slice(first, first + readAtOnce)));
  });

  return {
    /** Watches one document. */
    one: (id: string): Watch => topics.watch('one', [one(id)]),
    several: (ids: readonly string[]): Watch => topics.watch('several', ids.map(one)),
    /** Watches all documents of an owner. */
    ofOwner(id: string): Watch {
      const read = async () => toWatchedStates((await owner?.find(id, maxOfOwner)) ?? [], view);
      return topics.watch('several', [{ key: ownerKey(id), read }]);
    },

    /** Takes a message of the bus. */
    hear(body: () => string): void {
      if (topics.isEmpty()) return;
      const { subject, data } = announcementIn(body());
      const ownerId = owner && data?.[owner.field];
      if (typeof subject !== 'string') return;
      const keys = [subject, ...(typeof ownerId === 'string' ? [ownerKey(ownerId)] : [])];
      if (keys.some(topics.has)) void announce(subject, keys);
    },

    /** Reads everything again: messages may have been missed. */
    missed: (): void => void readAll('all', undefined),

    /** Reads the next documents in turn. @throws what `find` throws */
    refreshNext: (): Promise<void> => refresh(topics.next(readAtOnce)),
  };
}

const ownerKey = (id: string) => `owner ${id}`;

const toWatchedStates = <S extends Versioned>(
  states: readonly (S | undefined)[],
  view: (state: S) => unknown,
): WatchedState[] =>
  states
    .filter((state) => state !== undefined)
    .map((state) => {
      let text: string | undefined;
      const { id, version } = state;
      return { id, version, json: () => (text ??= JSON.stringify(view(state))) };
    });

/** Repeats work until the store can be read. */
function persistently({ log, signal }: Parts) {
  const report = oncePerSecond<unknown>((error, times) =>
    log.warn({ err: error, times }, 'live updates wait: the store cannot be read'),
  );
  return async (work: () => Promise<void>): Promise<void> => {
    while (!signal.aborted) {
      try {
        return await work();
      } catch (error) {
        report('read', error);
        await pause(retryMs, signal);
      }
    }
  };
}

/** Runs `run` for a key at once. Calls during a run share the next one, which begins after all of them. */
function coalesced<A>(run: (key: string, argument: A) => Promise<void>) {
  const isCalledAgain = new Map<string, boolean>();
  return async (key: string, argument: A): Promise<void> => {
    const isRunning = isCalledAgain.has(key);
    isCalledAgain.set(key, isRunning);
    if (isRunning) return;
    do {
      isCalledAgain.set(key, false);
      await run(key, argument);
    } while (isCalledAgain.get(key));
    isCalledAgain.delete(key);
  };
}

type Announcement = Readonly<{ subject?: unknown; data?: Readonly<Record<string, unknown>> }>;

// Without the schema: every message passes here, and it only leads to a read.
function announcementIn(body: string): Announcement {
  try {
    return (JSON.parse(body) ?? {}) as Announcement;
  } catch {
    return {};
  }
}
