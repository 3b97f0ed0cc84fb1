// The card network, reduced to the calls that payments need. An outage is thrown as DependencyDown.

import type { Logger } from '@ticketing/common/observability';
import type { Config } from '../config.js';
import { intentCalls } from './intent-calls.js';
import { refundCalls } from './refund-calls.js';
import { openStripe, stripeCalls } from './stripe-client.js';
import { readEvent, type WebhookEvent } from './webhook-event.js';

export type Cards = ReturnType<typeof openCards>;

/** Opens the card network: Stripe, or the one at STRIPE_API_BASE. It connects when it is used. */
export function openCards(config: Config, log: Logger, now: () => Date) {
  const stripe = openStripe(config);
  const call = stripeCalls(config, log);
  const installation = config.INSTALLATION_ID ?? config.NAMESPACE;
  const isLive = /^[sr]k_live_/.test(config.STRIPE_KEY);

  return {
    installation,
    ...intentCalls(stripe, call, installation),
    ...refundCalls(stripe, call, installation),

    /**
     * Reads a webhook request after verifying its signature.
     * @throws InvalidInput if the signature is wrong or old, or if the event is from the other mode (live or test)
     */
    readWebhook: (body: Buffer, signature: string, secret: string): WebhookEvent =>
      readEvent(stripe, { body, signature, secret, at: now() }, isLive),
  };
}
