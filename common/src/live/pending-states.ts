// The states that one stream has sent and those that wait: at most the newest state of each document.

import type { WatchedState, Watch } from './watch.js';

export type PendingStates = ReturnType<typeof createPendingStates>;

export function createPendingStates(shape: Watch['shape']) {
  const versions = new Map<string, number>();
  const waiting = new Map<string, WatchedState>();
  let sum = 0;

  return {
    hasWaiting: () => waiting.size > 0,
    /** the number of documents that were sent */
    count: () => versions.size,

    /** Adds the states that are newer than those sent or waiting. */
    add(states: readonly WatchedState[]): void {
      for (const state of states) {
        const known = Math.max(versions.get(state.id) ?? -1, waiting.get(state.id)?.version ?? -1);
        if (state.version > known) waiting.set(state.id, state);
      }
    },

    /** Takes all waiting states as one message. Its id stands for all states sent so far. */
    take(): Readonly<{ id: string; text: string }> {
      const views = [...waiting.values()].map(({ json }) => json());
      for (const { id, version } of waiting.values()) {
        sum += version - (versions.get(id) ?? 0);
        versions.set(id, version);
      }
      waiting.clear();
      // Versions only rise: the sum and the number are the same only if nothing has changed.
      const id = shape === 'one' ? `${sum}` : `${versions.size}-${sum}`;
      return { id, text: `id: ${id}\ndata: ${shape === 'one' ? views[0] : `[${views.join()}]`}\n\n` };
    },
  };
}
