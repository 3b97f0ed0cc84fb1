// Copies of documents that another service owns: their first event may still be on its way.

import { DependencyDown, NotFound } from '../errors.js';
import type { Versioned } from './collection.js';

type Copies<S> = Readonly<{ getOrWait(id: string, atLeast?: number): Promise<S> }>;
type Parts = Readonly<{ now: () => Date; isBusConnected: () => boolean }>;

/** Longer than an outage of the bus that a client should wait for. */
const youngForMs = 15 * 60_000;
const retryAfterSeconds = 2;

/**
 * Like `getOrWait`, for a copy whose absence a client cannot explain: the owner has just answered that the document exists.
 * @throws DependencyDown if the event of the document may be late: its id is young, or the bus is disconnected
 * @throws NotFound otherwise
 */
export async function getCopy<S extends Versioned>(
  copies: Copies<S>,
  id: string,
  { now, isBusConnected }: Parts,
  atLeast?: number,
): Promise<S> {
  try {
    return await copies.getOrWait(id, atLeast);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    if (isYoung(id, now()) || !isBusConnected())
      throw new DependencyDown(`the first event of ${id}`, { retryAfterSeconds });
    throw error;
  }
}

// The first 4 bytes of an id are its time in seconds, by the clock of the owner.
function isYoung(id: string, now: Date): boolean {
  const createdAt = Number.parseInt(id.slice(0, 8), 16) * 1_000;
  return Math.abs(now.getTime() - createdAt) < youngForMs;
}
