// The beliefs of one process about the places of one ticket. A belief is a guess of places worth trying; only the index
// one-holder-per-place decides.
//
// Low places are tried first, so that the highest held place stays near the number of held places. Processes that sell the
// same ticket do not know each other's orders: after a collision each chooses at random among more places.

const free = 0;
const tried = 1;
const taken = 2;

const widest = 512;
const firstSpread = 4;
const narrowing = 15 / 16;

export type Belief = {
  /** by place: free, tried by an order of this process, or taken */
  states: Uint8Array;
  /** No lower place is believed to be free. */
  lowest: number;
  /** the number of places, beyond those needed, among which a try chooses */
  spread: number;
  /** how often a collision has widened the spread */
  widened: number;
  /** the places that orders of this process have taken since the last complete reading began */
  placed: Set<number>;
};

/** Places that an order tries to claim. */
export type Try = Readonly<{ places: readonly number[]; widened: number }>;

/** A first belief: the lowest places are taken, as many as are not available. */
export function newBelief(quantity: number, available = quantity): Belief {
  const states = new Uint8Array(quantity).fill(taken, 0, Math.max(0, quantity - available));
  return { states, lowest: 0, spread: 0, widened: 0, placed: new Set() };
}

/** The seller may have changed the number of places. */
export function resize(belief: Belief, quantity: number): void {
  if (belief.states.length === quantity) return;
  const states = new Uint8Array(quantity);
  states.set(belief.states.subarray(0, quantity));
  belief.states = states;
}

/** Chooses low places to try, at random within the spread; undefined if fewer than `count` seem to be free. */
export function choose(belief: Belief, count: number, random: () => number): Try | undefined {
  const candidates = lowestFree(belief, count + Math.floor(belief.spread));
  if (candidates.length < count) return undefined;
  const places = Array.from({ length: count }, () =>
    candidates.splice(Math.floor(random() * candidates.length), 1),
  ).flat();
  for (const place of places) belief.states[place] = tried;
  return { places, widened: belief.widened };
}

/** At most `most` places that are believed to be free, the lowest first. */
export function lowestFree(belief: Belief, most: number): number[] {
  const { states } = belief;
  const found: number[] = [];
  for (let place = belief.lowest; place < states.length && found.length < most; place += 1)
    if (states[place] === free) found.push(place);
  belief.lowest = found[0] ?? states.length;
  return found;
}

/** A try has ended without an order: its places may be free. */
export function giveUp(belief: Belief, { places }: Try): void {
  for (const place of places) if (belief.states[place] === tried) markFree(belief, place);
}

export function markFree(belief: Belief, place: number): void {
  if (place >= belief.states.length) return;
  belief.states[place] = free;
  belief.lowest = Math.min(belief.lowest, place);
}

/** An order of this process has taken the places. */
export function markPlaced(belief: Belief, places: readonly number[]): void {
  for (const place of places) belief.placed.add(place);
  markTaken(belief, places);
  belief.spread *= narrowing;
}

export function markTaken({ states }: Belief, places: readonly number[]): void {
  for (const place of places) if (place < states.length) states[place] = taken;
}

/** Another process has taken places of a try. Of the tries that were chosen together, the first one widens the spread. */
export function collide(belief: Belief, { widened }: Try): void {
  if (widened !== belief.widened) return;
  belief.spread = Math.min(Math.max(belief.spread * 2, firstSpread), widest);
  belief.widened += 1;
}

/** Replaces the belief by what a complete reading has found taken, beside what has changed while it lasted. */
export function replace(belief: Belief, found: readonly number[]): void {
  const { states, placed } = belief;
  for (let place = 0; place < states.length; place += 1) if (states[place] === taken) states[place] = free;
  markTaken(belief, found);
  markTaken(belief, [...placed]);
  belief.lowest = 0;
}
