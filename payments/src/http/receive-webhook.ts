import { InvalidInput, NotFound } from '@ticketing/common/errors';
import { anyone, handle, ok } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import type { Cause } from '@ticketing/common/observability';
import { z } from 'zod';
import type { IntentFacts } from '../cards.js';
import type { PaymentsContext } from '../store.js';
import { recordFacts } from '../settlement.js';

// POST /api/payments/webhook: Stripe reports the state of an intent. The report may come twice, late, or before our own
// call returns; the state of the payment makes that harmless. The answer is 2xx only after the change is stored, because
// Stripe then stops repeating it.
export function receiveWebhook(ctx: PaymentsContext) {
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
      const { id, type, intent } = ctx.cards.readWebhook(body, signature, secret);
      const reported = { ...cause, by: 'system', why: `stripe:${id}` };

      if (intent && Id.safeParse(intent.orderId).success) await record(ctx, intent, reported);
      else ctx.log.info({ event: id, type }, 'webhook ignored: it concerns no order of this system');

      return ok({ received: true });
    },
  );
}

// A decline is not recorded here: only our own call and the sweep know to which attempt it belongs.
async function record(ctx: PaymentsContext, intent: IntentFacts, cause: Cause): Promise<void> {
  const id = intent.orderId ?? '';
  if (intent.status === 'open') return;
  if (intent.status === 'cancelled' && !(await ctx.payments.find(id))) return;
  const payment = await recordFacts(ctx, { id }, intent, cause);
  if (payment.status === 'refunding') ctx.settleSoon(payment, cause);
}
