// Runs properties, and delivers events to the use cases.

import type { DomainEvent } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import type { Subscription } from '@ticketing/common/service';
import fc from 'fast-check';

const runs = Number(process.env['PROPERTY_RUNS'] ?? 1_000);
const seed = process.env['PROPERTY_SEED'];

/**
 * Checks the property in `share` of PROPERTY_RUNS (1,000) runs, in concurrent lanes. A failure prints its seed and path;
 * PROPERTY_SEED repeats it, in one lane.
 */
export async function checkProperty<T>(
  arbitrary: fc.Arbitrary<T>,
  check: (value: T) => Promise<void>,
  { lanes = 16, share = 1 } = {},
): Promise<void> {
  const property = fc.asyncProperty(arbitrary, check);
  const numRuns = Math.ceil((runs * share) / lanes);
  if (seed !== undefined) return fc.assert(property, { numRuns, seed: Number(seed) });
  await Promise.all(Array.from({ length: lanes }, () => fc.assert(property, { numRuns })));
}

/** Hands an event to the use case that subscribes to it, as the consumer does. It happened at `time`, by default now. */
export function deliverTo(subscriptions: readonly Subscription[]) {
  const byType = new Map(subscriptions.map((subscription) => [subscription.event.type, subscription]));
  return async ({ type, data }: DomainEvent, time = new Date()): Promise<void> => {
    const subscription = byType.get(type);
    if (!subscription) throw new Error(`no subscription to ${type}`);
    await subscription.handle({ data, id: newId(), time, cause: jobCause('test') } as never);
  };
}
