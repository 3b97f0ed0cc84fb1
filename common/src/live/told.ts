// The states that one stream has sent and those that wait: at most the newest state of each document.

import type { Told, Watch } from './watch.js';

export type ToldStates = ReturnType<typeof createTold>;

export function createTold(shape: Watch['shape']) {
  const versions = new Map<string, number>();
  const waiting = new Map<string, Told>();
  let sum = 0;

  return {
    hasWaiting: () => waiting.size > 0,
    /** the number of documents that were told */
    count: () => versions.size,

    /** Adds the states that are newer than those told or waiting. */
    add(states: readonly Told[]): void {
      for (const state of states) {
        const known = Math.max(versions.get(state.id) ?? -1, waiting.get(state.id)?.version ?? -1);
        if (state.version > known) waiting.set(state.id, state);
      }
    },

    /** The message with all waiting states, which are told from now on. Its id stands for everything told so far. */
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
