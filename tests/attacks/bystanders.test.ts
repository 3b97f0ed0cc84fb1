// The verdict on the rounds of an attack: a slow phase of the machine is no harm, what every round shows is.

import { areUnharmed, type Phases } from './bystanders.js';

const fared = (p99: number, success = 1) => ({ requests: 100, success, p99 });
const round = (before: number, during: number, after = before, success = 1): Phases => ({
  before: fared(before),
  during: fared(during, success),
  after: fared(after),
});
const calm = round(200, 500);
const slow = round(200, 5_000);
const failing = round(200, 500, 200, 0.97);

test.each<[what: string, rounds: [Phases, ...Phases[]]]>([
  ['three calm rounds', [calm, calm, calm]],
  ['two rounds that another program slowed down', [slow, calm, slow]],
  ['waits below the noise of the machine', [round(1, 299), round(1, 299), round(1, 299)]],
  ['a round in which the machine was too slow to serve all', [round(200, 500, 200, 0.9), calm, calm]],
])('others are unharmed after %s', (_what, rounds) => {
  expect(areUnharmed(rounds)).toBe(true);
});

test.each<[what: string, rounds: [Phases, ...Phases[]]]>([
  ['they wait in every round', [slow, slow, slow]],
  ['they fail in every round', [failing, failing, failing]],
  ['they wait or fail in every round', [slow, failing, slow]],
  ['they fail afterwards', [calm, calm, { ...calm, after: fared(200, 0.9) }]],
  ['they wait ever after', [round(200, 5_000, 5_000), round(5_000, 5_000), round(5_000, 5_000)]],
])('others are harmed if %s', (_what, rounds) => {
  expect(areUnharmed(rounds)).toBe(false);
});
