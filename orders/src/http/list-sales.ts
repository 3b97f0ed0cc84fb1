import { handle, nextPage, ok, pageQuery, required } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { Currency } from '@ticketing/common/money';
import { z } from 'zod';
import { soldStatuses } from '../domain/order.js';
import type { Sale } from '../domain/sale.js';
import type { OrdersContext } from '../store.js';
import { OrderView, viewOrder } from './order-view.js';

const Query = z.strictObject({
  ...pageQuery,
  ticketId: Id.optional().meta({ description: 'Only sales of this ticket.' }),
});

/** An order as its seller sees it: nothing about the buyer. */
const SaleView = z
  .object({
    orderId: Id,
    status: z.enum(soldStatuses),
    soldAt: z.iso.datetime(),
    ...{ items: OrderView.shape.items, total: OrderView.shape.total },
    currency: Currency,
  })
  .meta({ id: 'Sale' });

// GET /api/orders/sales: the orders that bought tickets of the user, newest first.
export function listSales(ctx: OrdersContext) {
  return handle(
    {
      name: 'listSales',
      summary: 'Lists the sales of the user’s own tickets, newest first, one page at a time.',
      user: required,
      query: Query,
      answers: { 200: z.array(SaleView) },
    },
    async ({ query: { limit, cursor, ticketId }, user }) => {
      const sales = await ctx.orders.findSales(user.id, {
        limit,
        ...(ticketId !== undefined && { ticketId }),
        ...(cursor !== undefined && { before: cursor }),
      });

      const orders = sales.map(({ order }) => order);
      return ok(sales.map(viewSale), nextPage('/api/orders/sales', { ticketId }, orders, limit));
    },
  );
}

function viewSale({ order, soldAt }: Sale): z.infer<typeof SaleView> {
  const { id: orderId, status, items, total } = viewOrder(order);
  return {
    orderId,
    status: status === 'refunded' ? status : 'complete',
    soldAt: soldAt.toISOString(),
    ...{ items, total, currency: order.ticket.currency },
  };
}
