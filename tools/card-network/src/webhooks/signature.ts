import { createHmac } from 'node:crypto';

/** The header `Stripe-Signature`, as `stripe.webhooks.constructEvent` checks it. */
export function signature(body: string, secret: string, seconds: number): string {
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${digest}`;
}
