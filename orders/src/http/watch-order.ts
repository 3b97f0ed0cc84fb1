import { handle, required, stream } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import { show } from '../domain/order.js';
import type { OrdersContext } from '../store.js';
import { OrderView } from './order-view.js';

const Params = z.object({ orderId: Id });

// GET /api/orders/:orderId/events: the order, and then each change of it.
export function watchOrder(ctx: OrdersContext) {
  return handle(
    {
      name: 'watchOrder',
      summary: 'Shows one of the user’s orders, and then each change of it.',
      user: required,
      params: Params,
      headers: ['Last-Event-ID'],
      answers: { 200: OrderView },
      streams: 'one',
      refusals: ['not-your-order'],
    },
    async ({ params, user, orThrow }) => {
      const { id } = orThrow(show(await ctx.orders.get(params.orderId), user.id));

      return stream(ctx.live.one(id));
    },
  );
}
