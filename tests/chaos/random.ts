// Seeded random numbers: mulberry32, https://github.com/bryc/code/blob/master/jshash/PRNGs.md

export type Random = Readonly<{
  /** at least 0, below 1 */
  next(): number;
  /** an integer, at least 0 and below `limit` */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
  /** true with this probability */
  chance(probability: number): boolean;
}>;

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const pick = <T>(items: readonly T[]): T => {
    if (items.length === 0) throw new Error('pick needs at least one item');
    return items[below(items.length)] as T;
  };
  return { next, below, pick, chance: (probability) => next() < probability };
}
