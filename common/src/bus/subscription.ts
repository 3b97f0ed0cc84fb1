import type { z } from 'zod';
import type { Decision } from '../decision.js';
import type { EventType, Incoming } from '../events/event.js';

type Answer = Decision<unknown, string> | void;

export type Subscription = Readonly<{
  event: EventType;
  handle: (incoming: Incoming<EventType>) => Promise<Answer>;
}>;

/** Declares that `handle` is called for every event of this type. It may be called twice, late and out of order. */
export function on<T extends string, D extends object>(
  event: EventType<T, D>,
  handle: (incoming: Incoming<{ schema: z.ZodType<D> }>) => Promise<Answer>,
): Subscription {
  return { event, handle } as unknown as Subscription;
}
