import { handle, noContent, required } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import { cancel } from '../domain/order.js';
import type { OrdersContext } from '../store.js';

const Params = z.object({ orderId: Id });

// DELETE /api/orders/:orderId: the buyer cancels an unpaid or free order and releases its ticket.
export function cancelOrder(ctx: OrdersContext) {
  return handle(
    {
      name: 'cancelOrder',
      summary: 'Cancels an unpaid or free order and releases its ticket.',
      user: required,
      params: Params,
      answers: { 204: z.undefined() },
      refusals: ['not-your-order', 'precondition-failed', 'order-complete'],
      versioned: true,
    },
    async ({ params, user, cause, ifMatch, orThrow }) => {
      orThrow(await ctx.orders.change(params.orderId, (order) => cancel(order, user.id, ifMatch), cause));

      return noContent();
    },
  );
}
