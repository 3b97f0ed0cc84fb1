import { handle, nextPage, ok, pageQuery, required } from '@ticketing/common/http';
import { z } from 'zod';
import type { OrdersContext } from '../context.js';
import { holding } from '../domain/order.js';
import { OrderView, viewOrder } from './order-view.js';

const Query = z.strictObject({ ...pageQuery, status: OrderView.shape.status.optional() });

// GET /api/orders: the caller's own, newest first; those that hold a ticket unless `status` asks for others.
export function listOrders(ctx: OrdersContext) {
  return handle(
    {
      name: 'listOrders',
      summary: 'Lists the caller’s own orders, newest first, a page at a time.',
      user: required,
      query: Query,
      answers: { 200: z.array(OrderView) },
    },
    async ({ query: { limit, cursor, status }, user }) => {
      const orders = await ctx.orders.findOf(user.id, status ? [status] : holding, limit, cursor);

      return ok(orders.map(viewOrder), nextPage('/api/orders', { status }, orders, limit));
    },
  );
}
