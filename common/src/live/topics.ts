// The streams, by the document or the owner that they watch.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Listener, WatchedState, Watch } from './watch.js';

/** Its streams get what `read` returns. */
export type Topic = Readonly<{
  key: string;
  read: () => Promise<readonly WatchedState[]>;
  listeners: Set<Listener>;
}>;

const sentAtOnce = 200;

export type Topics = ReturnType<typeof createTopics>;

export function createTopics() {
  const topics = new Map<string, Topic>();
  let turn = topics.values();

  function leave(keys: readonly string[], listener: Listener): void {
    for (const key of keys) {
      const listeners = topics.get(key)?.listeners;
      listeners?.delete(listener);
      if (listeners?.size === 0) topics.delete(key);
    }
  }

  return {
    isEmpty: () => topics.size === 0,
    has: (key: string) => topics.has(key),
    listenersOf: (key: string): Iterable<Listener> => topics.get(key)?.listeners ?? [],
    all: () => [...topics.values()],

    watch: (shape: Watch['shape'], about: readonly Pick<Topic, 'key' | 'read'>[]): Watch => ({
      shape,
      read: async () => (await Promise.all(about.map(({ read }) => read()))).flat(),
      join(listener) {
        for (const { key, read } of about) {
          const topic = topics.get(key) ?? { key, read, listeners: new Set() };
          topics.set(key, topic);
          topic.listeners.add(listener);
        }
        return () =>
          leave(
            about.map(({ key }) => key),
            listener,
          );
      },
    }),

    /** At most `most` topics, each in its turn. */
    next(most: number): Topic[] {
      const next: Topic[] = [];
      while (next.length < Math.min(most, topics.size)) {
        const { value, done } = turn.next();
        if (done === true) turn = topics.values();
        else next.push(value);
      }
      return next;
    },
  };
}

/** Passes the states to the listeners, and yields to the event loop after each batch. */
export async function sendAll(listeners: Iterable<Listener>, states: readonly WatchedState[]): Promise<void> {
  let count = 0;
  for (const listener of listeners) {
    listener.send(states);
    count += 1;
    if (count % sentAtOnce === 0) await nextTurn();
  }
}

/** Reads each topic and sends the states to its streams. */
export async function refresh(topics: readonly Topic[]): Promise<void> {
  await Promise.all(topics.map(async ({ read, listeners }) => sendAll(listeners, await read())));
}
