// A process that may be killed at any time and is started again, as Kubernetes would.

import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '@ticketing/common/testing/servers';

export type Mortal = Readonly<{
  name: string;
  /** Kills it as `kill -9` does; the next life begins when `between` is done. Resolves when it serves again. */
  kill(between?: () => Promise<unknown>): Promise<void>;
  /** Resolves when it serves, in this life or the next. */
  up(): Promise<void>;
  /** of its present life, since it serves; 0 while it does not */
  ageMs(): number;
  /** how often it has died */
  deaths(): number;
  stop(): Promise<void>;
}>;

type Options = Readonly<{
  name: string;
  /** begins a life: resolves when it serves, rejects when it ended before */
  start: () => Promise<Child>;
  /** from a death that nobody here ordered to the next life */
  downMs?: () => number;
  onDeath?: (how: string) => void;
}>;

export async function makeMortal({ name, start, downMs = () => 0, onDeath }: Options): Promise<Mortal> {
  let child: Child | undefined;
  let stopping = false;
  let deaths = 0;
  let born = 0;
  let between: (() => Promise<unknown>) | undefined;
  let life = Promise.resolve();

  async function live(): Promise<void> {
    const alive = await start();
    child = alive;
    born = Date.now();
    void alive.ended.then(died);
  }

  // A life may end before it serves.
  async function liveOn(): Promise<void> {
    while (!stopping) {
      try {
        return await live();
      } catch (error) {
        deaths += 1;
        onDeath?.(error instanceof Error ? error.message : String(error));
        await delay(100);
      }
    }
  }

  function died(how: string): void {
    child = undefined;
    if (stopping) return;
    deaths += 1;
    onDeath?.(how);
    const waiting = between ? between() : delay(downMs());
    between = undefined;
    life = waiting.then(liveOn);
  }

  life = live();
  await life;
  return {
    name,
    async kill(first = () => Promise.resolve()) {
      await life;
      between = first;
      const dying = child;
      dying?.process.kill('SIGKILL');
      await dying?.ended;
      await life;
    },
    up: async () => {
      while (!child && !stopping) await life.then(() => delay(10));
    },
    ageMs: () => (child ? Date.now() - born : 0),
    deaths: () => deaths,
    async stop() {
      stopping = true;
      await life;
      await child?.stop();
    },
  };
}
