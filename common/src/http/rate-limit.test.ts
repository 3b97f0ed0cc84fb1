import { createCounts } from './rate-limit.js';

const minute = 60_000;

describe('counts of requests', () => {
  test('restart for each key when its window ends', () => {
    let now = 0;
    const counts = createCounts(minute, 10, () => now);
    const count = (key: string) => counts.increment(key).totalHits;
    expect([count('ann'), count('ann')]).toEqual([1, 2]);
    now = 30_000;
    expect([count('bob'), count('ann')]).toEqual([1, 3]);
    now = minute;
    expect([count('ann'), count('bob')]).toEqual([1, 2]);
  });

  test('restart when the clock of the machine is set back, because the window would last longer than it may', () => {
    let now = 3_600_000;
    const counts = createCounts(minute, 10, () => now);
    const count = () => counts.increment('ann').totalHits;
    expect([count(), count()]).toEqual([1, 2]);
    now = 0;
    expect([count(), count()]).toEqual([1, 2]);
  });

  test('are bounded: the least recently used key is dropped', () => {
    const counts = createCounts(minute, 1_000, () => 0);
    for (let key = 0; key < 1_001; key += 1) counts.increment(`${key}`);
    expect(counts.increment('1000').totalHits).toBe(2);
    expect(counts.increment('1').totalHits).toBe(2);
    expect(counts.increment('0').totalHits).toBe(1);
  });
});
