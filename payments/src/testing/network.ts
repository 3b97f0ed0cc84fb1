// The local card network in the tests of payments: its ledger and its faults. Each test file has its own account there,
// because each has its own API key.

import { randomBytes } from 'node:crypto';
import Stripe from 'stripe';

export type Charge = Readonly<{
  id: string;
  status: string;
  charged: number;
  refunded: number;
  attempts: number;
}>;
type Fault = Readonly<{
  mode: 'ok' | 'down' | 'errors' | 'rate-limited' | 'blackhole';
  match?: 'create' | 'confirm' | 'cancel' | 'retrieve' | 'refund' | 'list-refunds' | 'payment-method';
  when?: 'before' | 'after';
  calls?: number;
  latencyMs?: number;
}>;

export const webhookSecret = 'whsec_of_the_tests';

export function openNetwork(base: string) {
  const key = `sk_test_${randomBytes(8).toString('hex')}`;
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const { hostname: host, port } = new URL(base);
  const stripe = new Stripe(key, { host, port: Number(port), protocol: 'http' });

  return {
    key,
    stripe,

    /** All intents of the order, with the amounts charged and refunded, in minor units. */
    async ledger(orderId: string): Promise<Charge[]> {
      const answer = await fetch(`${base}/ledger?orderId=${orderId}`, { headers });
      return ((await answer.json()) as { paymentIntents: Charge[] }).paymentIntents;
    },

    async inject(fault: Fault): Promise<void> {
      const answer = await fetch(`${base}/control`, { method: 'POST', headers, body: JSON.stringify(fault) });
      if (!answer.ok) throw new Error(await answer.text());
    },

    /** A signed webhook, as the network sends it. */
    webhook(
      type: string,
      object: object | undefined,
      { secret = webhookSecret, timestamp = Math.floor(Date.now() / 1_000), livemode = false } = {},
    ) {
      const event = {
        id: `evt_${randomBytes(8).toString('hex')}`,
        object: 'event',
        type,
        livemode,
        data: { object },
      };
      const payload = JSON.stringify(event);
      return { payload, signature: stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }) };
    },
  };
}
