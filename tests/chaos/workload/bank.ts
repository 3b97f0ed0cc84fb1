// Changes of a charge outside of our API: the buyer's bank asks for approval, somebody uses Stripe's dashboard, a
// cardholder disputes a charge. A request that a planted fault refuses is left alone.

import { stripeKey } from '../system/environment.js';

type Body = Readonly<Record<string, string>>;

export type Bank = ReturnType<typeof openBank>;

export function openBank(cardsUrl: string) {
  const headers = { authorization: `Bearer ${stripeKey}` };

  const post = async (path: string, body: Body): Promise<{ id?: string } | undefined> => {
    const request = { method: 'POST', headers, body: new URLSearchParams(body) };
    const answer = await fetch(`${cardsUrl}${path}`, request).catch(() => undefined);
    return answer?.ok ? ((await answer.json().catch(() => ({}))) as { id?: string }) : undefined;
  };

  const intentOf = async (orderId: string): Promise<string | undefined> => {
    const answer = await fetch(`${cardsUrl}/ledger?orderId=${orderId}`, { headers }).catch(() => undefined);
    const { paymentIntents = [] } = ((await answer?.json().catch(() => ({}))) ?? {}) as {
      paymentIntents?: { id: string; charged: number }[];
    };
    return paymentIntents.find(({ charged }) => charged > 0)?.id;
  };

  return {
    /** The buyer answers the challenge of the bank. */
    answer: (clientSecret: string, outcome: 'approve' | 'refuse') =>
      post('/challenge', { client_secret: clientSecret, outcome }),

    /** Refunds a charge at the dashboard: a part in minor units, or all that is left. */
    async refund(orderId: string, amount?: number): Promise<void> {
      const intent = await intentOf(orderId);
      if (intent)
        await post('/v1/refunds', {
          payment_intent: intent,
          ...(amount !== undefined && { amount: `${amount}` }),
        });
    },

    /** Opens a dispute about a charge. Returns a function that closes it. */
    async dispute(orderId: string): Promise<((outcome: 'won' | 'lost') => Promise<boolean>) | undefined> {
      const intent = await intentOf(orderId);
      const dispute = intent ? await post('/disputes', { payment_intent: intent }) : undefined;
      if (!dispute?.id) return undefined;
      return async (outcome) => (await post(`/disputes/${dispute.id}/close`, { outcome })) !== undefined;
    },
  };
}
