import { handle, nextPage, ok, pageQuery, required } from '@ticketing/common/http';
import { z } from 'zod';
import { holdingStatuses } from '../domain/order.js';
import type { OrdersContext } from '../store.js';
import { OrderView, viewOrder } from './order-view.js';

const Query = z.strictObject({ ...pageQuery, status: OrderView.shape.status.optional() });

// GET /api/orders: the user's orders, newest first. Without `status` only orders that hold a ticket are listed.
export function listOrders(ctx: OrdersContext) {
  return handle(
    {
      name: 'listOrders',
      summary: 'Lists the user’s own orders, newest first, one page at a time.',
      user: required,
      query: Query,
      answers: { 200: z.array(OrderView) },
    },
    async ({ query: { limit, cursor, status }, user }) => {
      const orders = await ctx.orders.findByBuyer(
        user.id,
        status ? [status] : holdingStatuses,
        limit,
        cursor,
      );

      return ok(orders.map(viewOrder), nextPage('/api/orders', { status }, orders, limit));
    },
  );
}
