// Bounds the calls of an expensive step. Waiting calls are served in turns (fair-queue.ts): one network or account with
// many calls delays the others by one call at most.

import { DependencyDown } from '@ticketing/common/errors';
import { createFairQueue } from './fair-queue.js';

type Limits = Readonly<{
  /** Calls that run at once. */
  concurrency: number;
  /** Calls of each use that may wait. */
  queue: number;
  /** Calls of an account that may run or wait, over all networks. */
  perAccount: number;
  /** A call that has waited longer does not run: its client has already received an answer. */
  patienceMs: number;
}>;

/** On whose behalf a call is made. Each use has a queue of its own, so sign-ups cannot take the places of sign-ins. */
export type Source = Readonly<{ use: 'sign-in' | 'sign-up'; network: string; account: string }>;

/** Runs `work` within the limits. @throws DependencyDown if the queue or the account is full, or the wait was too long */
export type ConcurrencyLimit = <T>(source: Source, work: () => Promise<T>) => Promise<T>;

type Call = Readonly<{ use: Source['use']; start: () => Promise<void>; refuse: () => void; since: number }>;

export function createConcurrencyLimit({
  concurrency,
  queue,
  perAccount,
  patienceMs,
}: Limits): ConcurrencyLimit {
  const waiting = createFairQueue<Call>();
  const ofAccounts = createCounts();
  // Sign-ups leave a place free, so that a sign-in need not wait for one of them to end.
  const most = { 'sign-in': concurrency, 'sign-up': Math.max(1, concurrency - 1) };
  const running = { 'sign-in': 0, 'sign-up': 0 };
  const mayRun = (use: string) => running[use as Source['use']] < most[use as Source['use']];

  function startWaiting(): void {
    while (running['sign-in'] + running['sign-up'] < concurrency) {
      const call = waiting.shift(mayRun);
      if (!call) return;
      if (performance.now() - call.since > patienceMs) {
        call.refuse();
        continue;
      }
      running[call.use] += 1;
      void call.start().finally(() => {
        running[call.use] -= 1;
        startWaiting();
      });
    }
  }

  return async ({ use, network, account }, work) => {
    const key = `${use} ${account}`;
    if (ofAccounts.of(key) >= perAccount) throw new DependencyDown('password hashing');
    ofAccounts.add(key, 1);
    try {
      return await new Promise((resolve, reject) => {
        waiting.push([use, network, account], {
          use,
          start: () => work().then(resolve, reject),
          refuse: () => reject(new DependencyDown('password hashing')),
          since: performance.now(),
        });
        startWaiting();
        if (waiting.sizeOf(use) > queue) waiting.drop(use)?.refuse();
      });
    } finally {
      ofAccounts.add(key, -1);
    }
  };
}

function createCounts() {
  const counts = new Map<string, number>();
  const of = (key: string) => counts.get(key) ?? 0;
  return {
    of,
    add(key: string, change: 1 | -1): void {
      const count = of(key) + change;
      if (count === 0) counts.delete(key);
      else counts.set(key, count);
    },
  };
}
