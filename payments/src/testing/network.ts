// The local card network in the tests of payments: its ledger and its faults. Each test file has its own account there,
// because each has its own API key.

import { randomBytes } from 'node:crypto';
import Stripe from 'stripe';

export type Charge = Readonly<{
  id: string;
  status: string;
  charged: number;
  refunded: number;
  /** by disputes */
  lost: number;
  disputes: readonly Readonly<{ id: string; status: string }>[];
  refunds: readonly Readonly<{ id: string; amount: number; status: string }>[];
  attempts: number;
}>;
type Fault = Readonly<{
  mode: 'ok' | 'down' | 'errors' | 'rate-limited' | 'blackhole';
  match?:
    | 'create'
    | 'confirm'
    | 'cancel'
    | 'retrieve'
    | 'refund'
    | 'list-refunds'
    | 'list-disputes'
    | 'payment-method';
  when?: 'before' | 'after';
  calls?: number;
  latencyMs?: number;
}>;

type HookOptions = Readonly<{
  secret?: string;
  timestamp?: number;
  livemode?: boolean;
  api_version?: string;
  object?: string;
}>;

export const webhookSecret = 'whsec_of_the_tests';

type Operate = (path: string, body: object) => Promise<{ id: string }>;

/** The decisions of buyers and banks. */
function decisions(operate: Operate) {
  return {
    /** The buyer answers the challenge of the bank. */
    answer: (clientSecret: string, outcome: 'approve' | 'refuse') =>
      operate('/challenge', { client_secret: clientSecret, outcome }),

    /** The holder of the card disputes the charge. */
    dispute: (intentId: string, more: object = {}) =>
      operate('/disputes', { payment_intent: intentId, ...more }),
    closeDispute: (id: string, outcome: 'won' | 'lost') => operate(`/disputes/${id}/close`, { outcome }),

    /** The bank decides about a refund, perhaps days later. */
    settleRefund: (stripeId: string, outcome: 'succeeded' | 'failed') =>
      operate(`/refunds/${stripeId}/settle`, { outcome }),
  };
}

export function openNetwork(base: string) {
  const key = `sk_test_${randomBytes(8).toString('hex')}`;
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const { hostname: host, port } = new URL(base);
  const stripe = new Stripe(key, { host, port: Number(port), protocol: 'http' });

  const operate: Operate = async (path, body) => {
    const answer = await fetch(`${base}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as { id: string };
  };

  return {
    key,
    stripe,

    ...decisions(operate),

    /** All intents of the order, with the amounts charged and refunded, in minor units. */
    async ledger(orderId: string): Promise<Charge[]> {
      const answer = await fetch(`${base}/ledger?orderId=${orderId}`, { headers });
      return ((await answer.json()) as { paymentIntents: Charge[] }).paymentIntents;
    },

    async inject(fault: Fault): Promise<void> {
      await operate('/control', fault);
    },

    /** A signed webhook, as the network sends it. */
    webhook: (type: string, object: object | undefined, options: HookOptions = {}) =>
      signedWebhook(stripe, { type, data: { object } }, options),
  };
}

function signedWebhook(
  stripe: Stripe,
  content: object,
  {
    secret = webhookSecret,
    timestamp = Math.floor(Date.now() / 1_000),
    livemode = false,
    ...more
  }: HookOptions,
) {
  const id = `evt_${randomBytes(8).toString('hex')}`;
  const payload = JSON.stringify({ id, object: 'event', livemode, ...content, ...more });
  return { payload, signature: stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }) };
}
