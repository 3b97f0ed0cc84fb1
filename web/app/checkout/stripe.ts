// Stripe.js, loaded from Stripe when it is first needed.

import { loadStripe, type Stripe } from '@stripe/stripe-js';
import { config } from '../shared/config.js';

let loading: Promise<Stripe> | undefined;

/** @throws Error when the script cannot be loaded; the next call tries again */
export function loadedStripe(): Promise<Stripe> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<Stripe> {
  const stripe = await loadStripe(config().stripePublishableKey ?? '');
  if (!stripe) throw new Error('Stripe.js needs a browser.');
  return stripe;
}
