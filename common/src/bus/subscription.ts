import type { z } from 'zod';
import type { Decision } from '../decision.js';
import type { EventType, Incoming } from '../events/event.js';

type Answer = Decision<unknown, string> | void;

export type Subscription = Readonly<{
  event: EventType;
  handle: (incoming: Incoming<EventType>) => Promise<Answer>;
}>;

/** Declares a handler for an event type. It must tolerate duplicates, delay and disorder. */
export function on<T extends string, D extends object>(
  event: EventType<T, D>,
  handle: (incoming: Incoming<{ schema: z.ZodType<D> }>) => Promise<Answer>,
): Subscription {
  return { event, handle } as unknown as Subscription;
}
