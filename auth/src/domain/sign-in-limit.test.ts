import { delaySeconds, doublingTo, accountRule, addressRule, secondsToWait } from './sign-in-limit.js';

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

  test('takes its values from a list that doubles up to the longest', () => {
    expect(doublingTo(4)).toEqual([1, 2, 4]);
    expect(doublingTo(900)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
  });
});

describe('the seconds until the next attempt', () => {
  const now = new Date('2026-11-23T12:00:00Z');
  const table: [what: string, allowedInMs: number, seconds: number][] = [
    ['are rounded up', 100, 1],
    ['are exact', 900_000, 900],
    ['are 0 at the allowed time', 0, 0],
    ['are 0 after the allowed time', -5_000, 0],
  ];
  test.each(table)('%s', (_what, allowedInMs, seconds) => {
    expect(secondsToWait(new Date(now.getTime() + allowedInMs), now)).toBe(seconds);
  });
  test('are 0 without a failure', () => expect(secondsToWait(undefined, now)).toBe(0));
});
