import { delaySeconds } from '@ticketing/common/failure-rule';
import { accountRule, addressRule } from './sign-in-limit.js';

describe('after failed sign-ins, the delay of the next attempt', () => {
  const table: [what: string, failures: number, rule: typeof accountRule, seconds: number][] = [
    ['is zero while failures are free', 9, accountRule, 0],
    ['is one second after the last free failure', 10, accountRule, 1],
    ['doubles with each further failure', 14, accountRule, 16],
    ['grows to 15 minutes', 20, accountRule, 900],
    ['never exceeds 15 minutes', 10_000, accountRule, 900],
    ['is one second when as many accounts failed at one address', 10, addressRule, 1],
    ['stays at 4 seconds for an address, because many people may share it', 1_000, addressRule, 4],
  ];
  test.each(table)('%s', (_what, failures, rule, seconds) => {
    expect(delaySeconds(failures, rule(10))).toBe(seconds);
  });
});
