// Verifies and reads the requests that Stripe sends to the webhook.

import { InvalidInput } from '@ticketing/common/errors';
import { Currency } from '@ticketing/common/money';
import type Stripe from 'stripe';
import { z } from 'zod';
import { snapshotOf, type IntentSnapshot } from './intent.js';

/** The subject of an event of Stripe. */
export type WebhookSubject =
  /** an intent that names an order; it may be of another system */
  | Readonly<{ about: 'intent'; intent: IntentSnapshot }>
  /** a refund, charge or dispute, which carries no mark of its own */
  | Readonly<{ about: 'charge'; intentId: string }>
  /** an event without data, of an endpoint that is set up for another kind of events */
  | Readonly<{ about: 'thin' }>
  | Readonly<{ about: 'nothing' }>;

export type WebhookEvent = Readonly<{
  id: string;
  type: string;
  apiVersion: string | undefined;
  subject: WebhookSubject;
}>;

const toleranceSeconds = 300;

/**
 * The types of events that the webhook endpoint at Stripe needs. Others are acknowledged and ignored, but each costs a
 * request for every charge.
 */
export const neededEvents: readonly string[] = [
  'payment_intent.succeeded',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'charge.refunded',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
];

/**
 * Reads a webhook request after verifying its signature.
 * @throws InvalidInput if the signature is wrong or old, or if the event is from the other mode (live or test)
 */
export function readEvent(
  stripe: Stripe,
  { body, signature, secret, at }: Readonly<{ body: Buffer; signature: string; secret: string; at: Date }>,
  isLive: boolean,
): WebhookEvent {
  verify(() =>
    stripe.webhooks.signature?.verifyHeader(
      body,
      signature,
      secret,
      toleranceSeconds,
      undefined,
      at.getTime(),
    ),
  );
  const event = parse(body);
  if (event.livemode !== isLive)
    throw new InvalidInput([{ message: 'The event and the API key must both be live or both be test.' }]);
  return {
    id: event.id,
    type: event.type,
    apiVersion: event.api_version ?? undefined,
    subject: subjectOf(event),
  };
}

function verify(check: () => boolean | undefined): void {
  let isValid: boolean | undefined;
  try {
    isValid = check();
  } catch {
    isValid = false;
  }
  if (isValid !== true)
    throw new InvalidInput([{ message: 'The signature does not match the body.' }], 'invalid-signature');
}

// Other systems may use the same Stripe account. Their objects may have any shape; an error would make Stripe repeat them
// for days.
const Event = z.object({
  id: z.string(),
  object: z.string(),
  type: z.string(),
  livemode: z.boolean(),
  api_version: z.string().nullish(),
  data: z.object({ object: z.unknown() }).optional().catch(undefined),
});
type Event = z.infer<typeof Event>;

function parse(body: Buffer): Event {
  const parsed = Event.safeParse(JSON.parse(body.toString()));
  if (parsed.success) return parsed.data;
  throw new InvalidInput([{ message: 'The body is not an event of Stripe.' }]);
}

const MarkedIntent = z.object({
  object: z.literal('payment_intent'),
  currency: Currency,
  metadata: z.object({ orderId: z.string() }),
});

const OfCharge = z.object({
  object: z.enum(['refund', 'charge', 'dispute']),
  payment_intent: z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]),
});

function subjectOf({ object, type, data }: Event): WebhookSubject {
  if (object === 'v2.core.event') return { about: 'thin' };
  const subject = data?.object;
  if (type.startsWith('payment_intent.') && MarkedIntent.safeParse(subject).success)
    return { about: 'intent', intent: snapshotOf(subject as Stripe.PaymentIntent) };
  const charge = isAboutCharge(type) ? OfCharge.safeParse(subject) : undefined;
  return charge?.success ? { about: 'charge', intentId: charge.data.payment_intent } : { about: 'nothing' };
}

const isAboutCharge = (type: string): boolean =>
  /^(refund\.(created|updated|failed)|charge\.refunded|charge\.refund\.updated|charge\.dispute\.\w+)$/.test(
    type,
  );
