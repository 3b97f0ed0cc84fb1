import { secondsToWait } from './sign-in-limit.js';

const now = new Date('2026-11-23T12:00:00Z');
const inSeconds = (seconds: number) => new Date(now.getTime() + seconds * 1_000);

describe('the limit of failed sign-ins', () => {
  const table: [what: string, count: number, endsIn: number, wait: number][] = [
    ['lets the first try through', 1, 900, 0],
    ['lets the last allowed try through', 10, 900, 0],
    ['refuses the next one until the window ends', 11, 900, 900],
    ['rounds the wait up', 11, 0.2, 1],
    ['never asks for a wait of nothing', 11, 0, 1],
  ];
  test.each(table)('%s', (_what, count, endsIn, wait) => {
    expect(secondsToWait({ count, windowEnds: inSeconds(endsIn) }, 10, now)).toBe(wait);
  });
});
