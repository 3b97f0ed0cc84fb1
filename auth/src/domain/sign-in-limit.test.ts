import { delaySeconds, growingTo, accountRule, addressRule, secondsToWait } from './sign-in-limit.js';

describe('after failed sign-ins the next try waits', () => {
  const table: [what: string, failures: number, rule: typeof accountRule, seconds: number][] = [
    ['not at all, as long as they are free', 9, accountRule, 0],
    ['a second, when the last free one is gone', 10, accountRule, 1],
    ['twice as long with each that follows', 14, accountRule, 16],
    ['a quarter of an hour at last', 20, accountRule, 900],
    ['never longer', 10_000, accountRule, 900],
    ['a second too when so many accounts failed at one address', 10, addressRule, 1],
    ['a few seconds there at last, because many may be behind it', 1_000, addressRule, 4],
  ];
  test.each(table)('%s', (_what, failures, rule, seconds) => {
    expect(delaySeconds(failures, rule(10))).toBe(seconds);
  });

  test('for delays that double up to the longest', () => {
    expect(growingTo(4)).toEqual([1, 2, 4]);
    expect(growingTo(900)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
  });
});

describe('how long a try has to wait', () => {
  const now = new Date('2026-11-23T12:00:00Z');
  const table: [what: string, allowedInMs: number, seconds: number][] = [
    ['is rounded up', 100, 1],
    ['is exact', 900_000, 900],
    ['is nothing when its time has come', 0, 0],
    ['is nothing when its time is over', -5_000, 0],
  ];
  test.each(table)('%s', (_what, allowedInMs, seconds) => {
    expect(secondsToWait(new Date(now.getTime() + allowedInMs), now)).toBe(seconds);
  });
  test('is nothing when nothing has failed', () => expect(secondsToWait(undefined, now)).toBe(0));
});
