import { doublingTo, secondsToWait } from './failure-rule.js';

test('the delays double up to the longest', () => {
  expect(doublingTo(4)).toEqual([1, 2, 4]);
  expect(doublingTo(900)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
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
