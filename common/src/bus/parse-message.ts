// Parses a message and finds the subscription to its type.

import type { z } from 'zod';
import { InvalidInput } from '../errors.js';
import { Envelope } from '../events/event.js';
import { predicateOf } from '../predicates.js';
import type { BusMessage } from './bus.js';
import type { Subscription } from './subscription.js';

/** The known facts about a message, for its log lines and metrics. */
export type MessageInfo = { type: string; fields: Readonly<Record<string, string>> };

export const unknownMessage = (): MessageInfo => ({ type: 'unknown', fields: {} });

/**
 * Records the type in `about` as soon as it is known.
 * @throws InvalidInput
 */
export function parse(body: string, byType: ReadonlyMap<string, Subscription>, about: MessageInfo) {
  const envelope = Envelope.safeParse(jsonOf(body), { error: predicateOf });
  if (!envelope.success)
    throw new InvalidInput([{ message: `not an envelope: ${faultsIn(envelope.error)}` }]);
  about.type = envelope.data.type;
  const subscription = byType.get(envelope.data.type);
  if (!subscription) throw new InvalidInput([{ message: `no subscription to ${envelope.data.type}` }]);
  const data = subscription.event.schema.safeParse(envelope.data.data, { error: predicateOf });
  if (!data.success)
    throw new InvalidInput([{ message: `not a ${envelope.data.type}: ${faultsIn(data.error)}` }]);
  return { envelope: envelope.data, subscription, data: data.data };
}

const faultsIn = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${path.join('.') || 'the message'} ${message}`).join('; ');

/** The event in the body if it belongs on another subject: its publisher may not publish such events. */
export function misplacedEvent({ body, isOnSubjectOf }: BusMessage): Labels | undefined {
  // Without the schema: every message passes here, also in a flood.
  const { id, type, subject } = (jsonOf(body) ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof type !== 'string' || typeof subject !== 'string' || isOnSubjectOf({ type, subject }))
    return undefined;
  return { id: String(id), type };
}

type Labels = Pick<Envelope, 'id' | 'type'>;

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
