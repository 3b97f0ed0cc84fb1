// Verifies and reads the requests that Stripe sends to the webhook.

import { InvalidInput } from '@ticketing/common/errors';
import { Currency } from '@ticketing/common/money';
import type Stripe from 'stripe';
import { z } from 'zod';
import { snapshotOf, type IntentSnapshot } from './intent.js';

/** An event of Stripe. `intent` is undefined if the event concerns no order of this system. */
export type WebhookEvent = Readonly<{ id: string; type: string; intent: IntentSnapshot | undefined }>;

const toleranceSeconds = 300;

/**
 * Reads a webhook request after verifying its signature.
 * @throws InvalidInput if the signature is wrong or old, or if the event is from the other mode (live or test)
 */
export function readEvent(
  stripe: Stripe,
  { body, signature, secret }: Readonly<{ body: Buffer; signature: string; secret: string }>,
  isLive: boolean,
): WebhookEvent {
  const event = verified(() => stripe.webhooks.constructEvent(body, signature, secret, toleranceSeconds));
  if (event.livemode !== isLive)
    throw new InvalidInput([{ message: 'The event and the API key must both be live or both be test.' }]);
  return { id: event.id, type: event.type, intent: ourIntentIn(event) };
}

function verified(construct: () => Stripe.Event): Stripe.Event {
  try {
    return construct();
  } catch {
    throw new InvalidInput([{ message: 'The signature does not match the body.' }], 'invalid-signature');
  }
}

// Other systems may use the same Stripe account. Their events may have any shape; an error would make Stripe repeat them
// for days.
const OurIntent = z.object({
  data: z.object({
    object: z.object({
      object: z.literal('payment_intent'),
      currency: Currency,
      metadata: z.object({ orderId: z.string() }),
    }),
  }),
});

function ourIntentIn(event: Stripe.Event): IntentSnapshot | undefined {
  if (!OurIntent.safeParse(event).success) return undefined;
  return snapshotOf(event.data.object as Stripe.PaymentIntent);
}
