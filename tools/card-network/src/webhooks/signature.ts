import { createHmac } from 'node:crypto';

/** The `Stripe-Signature` header, in the form that `stripe.webhooks.constructEvent` verifies. */
export function signature(body: string, secret: string, seconds: number): string {
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${digest}`;
}
