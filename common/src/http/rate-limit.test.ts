import { networkOf } from './network.js';
import { createCounts, maxKeys } from './rate-limit.js';

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

  const byte = (number: number, at: number) => (number >> (8 * at)) & 255;
  test.each<[count: number, what: string, kept: number, addressOf: (number: number) => string]>([
    [1_000_000, 'IPv4 addresses', maxKeys, (n) => `10.${byte(n, 2)}.${byte(n, 1)}.${byte(n, 0)}`],
    [100_000, 'IPv6 prefixes', maxKeys, (n) => `2001:db8:${n >> 8}:${byte(n, 0)}::1`],
    [100_000, 'IPv6 addresses of one prefix', 1, (n) => `2001:db8::${byte(n, 1)}:${byte(n, 0)}`],
    [100_000, 'texts that are no addresses', 1, (n) => `client ${n}`],
  ])('of %d %s are bounded', (count, _what, kept, addressOf) => {
    const counts = createCounts(minute, maxKeys, () => 0);
    const keys = Array.from({ length: count }, (_, number) => {
      const key = networkOf(addressOf(number));
      counts.increment(key);
      return key;
    });
    expect(new Set(keys.filter((key) => counts.get(key) !== undefined)).size).toBe(kept);
    expect(keys.findIndex((key) => key.length >= 50)).toBe(-1);
  });
});
