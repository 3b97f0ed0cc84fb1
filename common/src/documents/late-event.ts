// Documents that begin with an event of another service: that event may still be on its way.

import type { Bus } from '../bus/bus.js';
import { DependencyDown, NotFound } from '../errors.js';
import type { Versioned } from './collection.js';

type Documents<S> = Readonly<{ getOrWait(id: string, atLeast?: number): Promise<S> }>;
type Parts = Readonly<{ now: () => Date; bus: Pick<Bus, 'connectedSince'> }>;

/** Longer than an outage of the bus that a client should wait for. */
const youngForMs = 15 * 60_000;
/** No other refusal has it, so that a client can tell. */
export const lateEventRetryAfterSeconds = 2;

/**
 * Like `getOrWait`. While the first event of a missing document may be late, its absence is an outage.
 * @throws DependencyDown if the event of the document may be late: its id is young, or the bus is disconnected
 * @throws NotFound otherwise
 */
export async function getOrLate<S extends Versioned>(
  documents: Documents<S>,
  id: string,
  { now, bus }: Parts,
  atLeast?: number,
): Promise<S> {
  try {
    return await documents.getOrWait(id, atLeast);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    if (isYoung(id, now()) || bus.connectedSince() === undefined)
      throw new DependencyDown(`the first event of ${id}`, { retryAfterSeconds: lateEventRetryAfterSeconds });
    throw error;
  }
}

// The first 4 bytes of an id are its time in seconds, by the clock of the owner.
function isYoung(id: string, now: Date): boolean {
  const createdAt = Number.parseInt(id.slice(0, 8), 16) * 1_000;
  return Math.abs(now.getTime() - createdAt) < youngForMs;
}
