// Constant-time responses: answers leave at multiples of a fixed step only.
//
// A sign-in does the same work for a known and an unknown address, except that a document is read or not. Over thousands
// of tries, those fractions of a millisecond would reveal which addresses have an account.

import { setTimeout as delay } from 'node:timers/promises';

// About twice the time of hashing, so that few answers are close to a step.
const stepMs = 50;

/** Resolves at the next multiple of the step after `begin`, a time of `performance.now()`. */
export async function untilNextStep(begin: number): Promise<void> {
  // Rounded up, because timers drop fractions of a millisecond.
  await delay(Math.ceil(stepMs - ((performance.now() - begin) % stepMs)));
}
