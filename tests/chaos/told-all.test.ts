// The checker of live updates finds each breach, and accepts states in between that are skipped.

import { findUntold, type ToldState, type WatchedDocument } from './told-all.js';

const entry = (version: number, to: string, at: number) => ({
  ...{ version, to, at: new Date(at) },
  ...{ by: 'system', why: 'test' },
});
const order: WatchedDocument = {
  ...{ _id: 'o1', version: 2, status: 'refunded' },
  history: [entry(0, 'created', 1_000), entry(1, 'complete', 20_000), entry(2, 'refunded', 40_000)],
};
const told = (version: number, status: string, at: number): ToldState => ({ version, status, at });
const [created, complete, refunded] = [
  told(0, 'created', 1_100),
  told(1, 'complete', 20_100),
  told(2, 'refunded', 40_100),
] as const;
const problemsOf = (states: readonly ToldState[], deaths: readonly number[] = []) =>
  findUntold([{ id: 'o1', states }], [order], { deaths, toldWithinMs: 15_000 });

test('a client that was told each state is no breach', () => {
  expect(problemsOf([created, complete, refunded])).toEqual([]);
});

test.each<[string, ToldState[], string]>([
  ['nothing', [], 'nothing'],
  ['not the latest state', [created, complete], 'complete (version 1)'],
  ['another status', [created, complete, told(2, 'complete', 40_100)], 'complete (version 2)'],
  ['an older state at the end', [created, complete, refunded, complete], 'complete (version 1)'],
])('a client that was told %s is a breach', (_what, states, last) => {
  expect(problemsOf(states)).toEqual([`o1 is refunded (version 2), and its client was last told ${last}`]);
});

test.each<[string, ToldState[], number[], string[]]>([
  [
    'that lasted',
    [created, refunded],
    [],
    ['o1 was complete for 20000 ms without a fault, and its client was not told'],
  ],
  [
    'that lasted long after a process died',
    [created, refunded],
    [22_000],
    ['o1 was complete for 18000 ms without a fault, and its client was not told'],
  ],
  ['that did not last long after a process died', [created, refunded], [22_000, 30_000], []],
  ['that ended before the client watched', [refunded], [], []],
])('a skipped state %s', (_which, states, deaths, problems) => {
  expect(problemsOf(states, deaths)).toEqual(problems);
});

test('a state without an entry in the history counts as told', () => {
  const history = order.history.filter(({ version }) => version !== 1);
  const watched = [{ id: 'o1', states: [complete, refunded] }];
  expect(findUntold(watched, [{ ...order, history }], { deaths: [], toldWithinMs: 10 })).toEqual([]);
});
