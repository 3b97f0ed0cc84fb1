// The documents that streams tell about, and how this process learns of their changes.
//
// Problem: any process may have made a change, and the bus may lose the message on its way to this one.
// Guarantee (told all): a stream tells the state of the store. A message only says which document to read again; its event
// was saved with the state, so the read finds the change. What a message did not announce is read again after every
// connect of the bus, and in turn. Not promised: each version in between. Changes of one document share a read.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { pause } from '../bus/backoff.js';
import type { Versioned } from '../documents/collection.js';
import type { Logger } from '../observability/logger.js';
import { oncePerSecond } from '../observability/once-per-second.js';
import type { Listener, Told, Watch } from './watch.js';

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

/** Documents of an owner that a stream begins with. */
export const mostOfOwner = 100;
const readAtOnce = 50;
const toldAtOnce = 200;
const retryMs = 1_000;

type Topic = Readonly<{ key: string; read: () => Promise<readonly Told[]>; listeners: Set<Listener> }>;

export type Feed = ReturnType<typeof createFeed>;

/** `signal` is aborted when the service stops. */
export function createFeed<S extends Versioned>(
  { find, view, owner }: FeedOptions<S>,
  { log, signal }: Readonly<{ log: Logger; signal: AbortSignal }>,
) {
  const topics = new Map<string, Topic>();
  const report = oncePerSecond<unknown>((error, times) =>
    log.warn({ err: error, times }, 'streams wait: the store cannot be read'),
  );

  const readOne = async (id: string): Promise<readonly Told[]> => {
    const state = await find(id);
    return state ? [toTold(state, view)] : [];
  };
  const readOwned = async (ownerId: string): Promise<readonly Told[]> =>
    ((await owner?.find(ownerId, mostOfOwner)) ?? []).map((state) => toTold(state, view));

  /** Repeats until the store can be read. */
  async function persist(work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        return await work();
      } catch (error) {
        report('read', error);
        await pause(retryMs, signal);
      }
    }
  }

  const announce = coalesced(async (id, keys: readonly string[]) =>
    persist(async () => {
      const states = await readOne(id);
      for (const key of keys) await tellAll(topics.get(key)?.listeners ?? [], states);
    }),
  );
  const readAll = coalesced(async () => {
    const all = [...topics.values()];
    for (let first = 0; first < all.length; first += readAtOnce)
      await persist(() => refresh(all.slice(first, first + readAtOnce)));
  });
  let turn: Iterator<Topic> = topics.values();

  return {
    /** Watches a document; its id is that of the document. */
    one: (id: string): Watch => watch(topics, 'one', [{ key: id, read: () => readOne(id) }]),
    several: (ids: readonly string[]): Watch =>
      watch(
        topics,
        'several',
        ids.map((id) => ({ key: id, read: () => readOne(id) })),
      ),
    /** Watches all documents of an owner. */
    ofOwner: (id: string): Watch =>
      watch(topics, 'several', [{ key: ownerKey(id), read: () => readOwned(id) }]),

    /** Takes a message of the bus. */
    hear(body: () => string): void {
      if (topics.size === 0) return;
      const { subject, data } = announcementIn(body());
      const ownerId = owner && data?.[owner.field];
      if (typeof subject !== 'string') return;
      const keys = [subject, ...(typeof ownerId === 'string' ? [ownerKey(ownerId)] : [])];
      if (keys.some((key) => topics.has(key))) void announce(subject, keys);
    },

    /** Reads everything again: messages may have been missed. */
    missed: (): void => void readAll('all', undefined),

    /** Reads the next documents in turn. @throws what `find` throws */
    async refreshNext(): Promise<void> {
      const next: Topic[] = [];
      while (next.length < Math.min(readAtOnce, topics.size)) {
        const { value, done } = turn.next();
        if (done === true) turn = topics.values();
        else next.push(value);
      }
      await refresh(next);
    },
  };
}

const ownerKey = (id: string) => `owner ${id}`;

function toTold<S extends Versioned>(state: S, view: (state: S) => unknown): Told {
  let text: string | undefined;
  return { id: state.id, version: state.version, json: () => (text ??= JSON.stringify(view(state))) };
}

function watch(
  topics: Map<string, Topic>,
  shape: Watch['shape'],
  about: readonly Pick<Topic, 'key' | 'read'>[],
): Watch {
  return {
    shape,
    read: async () => (await Promise.all(about.map(({ read }) => read()))).flat(),
    join(listener) {
      for (const { key, read } of about) {
        const topic = topics.get(key) ?? { key, read, listeners: new Set() };
        topics.set(key, topic);
        topic.listeners.add(listener);
      }
      return () => {
        for (const { key } of about) {
          const listeners = topics.get(key)?.listeners;
          listeners?.delete(listener);
          if (listeners?.size === 0) topics.delete(key);
        }
      };
    },
  };
}

async function refresh(topics: readonly Topic[]): Promise<void> {
  await Promise.all(topics.map(async ({ read, listeners }) => tellAll(listeners, await read())));
}

/** Other work gets its turn while thousands of streams are told. */
async function tellAll(listeners: Iterable<Listener>, states: readonly Told[]): Promise<void> {
  let count = 0;
  for (const listener of listeners) {
    listener.tell(states);
    count += 1;
    if (count % toldAtOnce === 0) await nextTurn();
  }
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
