import { InvalidInput, NotFound } from '@ticketing/common/errors';
import { anyone, handle, ok } from '@ticketing/common/http';
import { z } from 'zod';
import type { PaymentsContext } from '../store.js';
import { receiveEvent } from '../webhook.js';

// POST /api/payments/webhook: Stripe reports that something has changed. The report may come twice, late, or before our own
// call returns; the state of the payment makes that harmless. The answer is 2xx only after the change is stored, because
// Stripe then stops repeating it.
export function receiveWebhook(ctx: PaymentsContext) {
  const receive = receiveEvent(ctx);

  return handle(
    {
      name: 'receiveWebhook',
      summary: 'Receives the events of Stripe.',
      user: anyone,
      rawBody: true,
      headers: ['Stripe-Signature'],
      refusals: ['invalid-signature', 'not-found'],
      answers: { 200: z.object({ received: z.literal(true) }) },
    },
    async ({ body, header, cause }) => {
      const secret = ctx.config.STRIPE_WEBHOOK_SECRET;
      if (secret === undefined) throw new NotFound('webhook');
      const signature = header('stripe-signature');
      if (signature === undefined || !Buffer.isBuffer(body))
        throw new InvalidInput(
          [{ message: 'Send a body with a Stripe-Signature header.' }],
          'invalid-signature',
        );
      const event = ctx.cards.readWebhook(body, signature, secret);

      await receive(event, { ...cause, by: 'system', why: `stripe:${event.id}` });

      return ok({ received: true });
    },
  );
}
