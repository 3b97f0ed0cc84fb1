import { delaySeconds } from '@ticketing/common/failure-rule';
import { accountRule, networkRule } from './decline-limit.js';

describe('after declined cards, the delay of the next attempt', () => {
  const table: [what: string, declines: number, rule: typeof accountRule, seconds: number][] = [
    ['is zero while declines are free', 9, accountRule, 0],
    ['is one second after the last free decline', 10, accountRule, 1],
    ['doubles with each further decline', 14, accountRule, 16],
    ['grows to 15 minutes', 20, accountRule, 900],
    ['never exceeds 15 minutes', 10_000, accountRule, 900],
    ['is one second when as many accounts had a decline at one network', 10, networkRule, 1],
    ['stays at 4 seconds for a network, because many people may share it', 1_000, networkRule, 4],
  ];
  test.each(table)('%s', (_what, declines, rule, seconds) => {
    expect(delaySeconds(declines, rule(10))).toBe(seconds);
  });
});
