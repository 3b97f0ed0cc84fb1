import { etagOf, handle, ok, required } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import { show } from '../domain/order.js';
import type { OrdersContext } from '../store.js';
import { OrderView, viewOrder } from './order-view.js';

const Params = z.object({ orderId: Id });

// GET /api/orders/:orderId
export function showOrder(ctx: OrdersContext) {
  return handle(
    {
      name: 'showOrder',
      summary: 'Shows one of the user’s orders.',
      user: required,
      params: Params,
      answers: { 200: OrderView },
      refusals: ['not-your-order'],
      versioned: true,
    },
    async ({ params, user, orThrow }) => {
      const order = orThrow(show(await ctx.orders.get(params.orderId), user.id));

      return ok(viewOrder(order), etagOf(order));
    },
  );
}
