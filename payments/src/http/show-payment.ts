import { etagOf, handle, ok, required } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import type { PaymentsContext } from '../store.js';
import { show } from '../domain/payment.js';
import { PaymentView, viewPayment } from './payment-view.js';

const Params = z.object({ orderId: Id });

// GET /api/payments/:orderId
export function showPayment(ctx: PaymentsContext) {
  return handle(
    {
      name: 'showPayment',
      summary: 'Shows the payment of one of the caller’s orders.',
      user: required,
      params: Params,
      answers: { 200: PaymentView },
      refusals: ['not-your-order', 'not-found'],
      versioned: true,
    },
    async ({ params, user, orThrow }) => {
      const payment = orThrow(show(await ctx.payments.get(params.orderId), user.id));

      return ok(viewPayment(payment), etagOf(payment));
    },
  );
}
