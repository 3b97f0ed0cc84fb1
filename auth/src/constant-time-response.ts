// The work for a known and for an unknown e-mail is the same but for fractions of a millisecond: a document that is read
// or not. Over thousands of tries that tells who has an account, unless answers leave at full steps of time only.

import { setTimeout as delay } from 'node:timers/promises';

// About twice what hashing takes, so that few answers are near a step.
const stepMs = 50;

/** Resolves when a whole number of steps has gone by since `begin` (of `performance.now()`). */
export async function atFullStep(begin: number): Promise<void> {
  // A timer drops the fraction of what it is given.
  await delay(Math.ceil(stepMs - ((performance.now() - begin) % stepMs)));
}
