import { orThrow } from '@ticketing/common/decision';
import { handle, noContent, required } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import type { OrdersContext } from '../context.js';
import { cancel } from '../domain/order.js';

const Params = z.object({ orderId: Id });

// DELETE /api/orders/:orderId: the buyer gives the ticket back before paying.
export function cancelOrder(ctx: OrdersContext) {
  return handle(
    {
      name: 'cancelOrder',
      summary: 'Gives the ticket back before it is paid.',
      user: required,
      params: Params,
      answers: { 204: z.undefined() },
      refusals: ['not-your-order', 'precondition-failed', 'order-complete'],
      versioned: true,
    },
    async ({ params, user, cause, ifMatch }) => {
      orThrow(await ctx.orders.change(params.orderId, (order) => cancel(order, user.id, ifMatch), cause));

      return noContent();
    },
  );
}
