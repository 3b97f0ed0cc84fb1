import { InvalidInput, NotFound } from '@ticketing/common/errors';
import { anyone, handle, ok } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import type { Cause } from '@ticketing/common/observability';
import { z } from 'zod';
import type { IntentFacts } from '../cards.js';
import type { PaymentsContext } from '../context.js';
import { recordFacts } from '../settlement.js';

// POST /api/payments/webhook: what Stripe has to say of an intent. It may come twice, late, or before our own call has
// returned; the payment's state is what makes it harmless. Answered 2xx only when the change is stored, for then Stripe
// stops repeating it.
export function receiveWebhook(ctx: PaymentsContext) {
  return handle(
    {
      name: 'receiveWebhook',
      summary: 'Takes what Stripe has to say of a payment.',
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
          [{ message: 'a Stripe-Signature and a body are needed' }],
          'invalid-signature',
        );
      const { id, type, intent } = ctx.cards.readWebhook(body, signature, secret);
      const told = { ...cause, by: 'system', why: `stripe:${id}` };

      if (intent && Id.safeParse(intent.orderId).success) await take(ctx, intent, told);
      else ctx.log.info({ event: id, type }, 'webhook is not about an order of ours');

      return ok({ received: true });
    },
  );
}

// A refusal is not taken from here: of which attempt it was, only our own call and the sweep can tell.
async function take(ctx: PaymentsContext, intent: IntentFacts, cause: Cause): Promise<void> {
  const id = intent.orderId ?? '';
  if (intent.status === 'open') return;
  if (intent.status === 'cancelled' && !(await ctx.payments.find(id))) return;
  const payment = await recordFacts(ctx, { id }, intent, cause);
  if (payment.status === 'refunding') ctx.settleSoon(payment, cause);
}
