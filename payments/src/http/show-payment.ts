import { isOutage } from '@ticketing/common/errors';
import { etagOf, handle, ok, required } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import { followChallenge } from '../challenge.js';
import { show } from '../domain/payment.js';
import type { PaymentsContext } from '../store.js';
import { PaymentView, viewPayment } from './payment-view.js';

const Params = z.object({ orderId: Id });

// GET /api/payments/:orderId: while a challenge is open, its outcome is read at Stripe. If Stripe does not answer, the stored
// state is shown without the client secret.
export function showPayment(ctx: PaymentsContext) {
  return handle(
    {
      name: 'showPayment',
      summary: 'Shows a payment to its buyer and to the seller of the ticket.',
      user: required,
      params: Params,
      answers: { 200: PaymentView },
      refusals: ['not-your-order', 'not-found'],
      versioned: true,
    },
    async ({ params, user, cause, orThrow }) => {
      const stored = orThrow(show(await ctx.payments.get(params.orderId), user.id));

      const { payment, clientSecret } = await followChallenge(ctx, stored, cause).catch((error: unknown) => {
        if (isOutage(error)) return { payment: stored, clientSecret: undefined };
        throw error;
      });

      const shown = orThrow(show(payment, user.id));
      return ok(viewPayment(shown, user.id, clientSecret), etagOf(shown));
    },
  );
}
