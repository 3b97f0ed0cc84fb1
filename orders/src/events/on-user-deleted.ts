import type { Incoming, UserDeleted } from '@ticketing/common/events';
import { cancel } from '../domain/order.js';
import type { OrdersContext } from '../store.js';

const batch = 500;
const concurrency = 16;

// on user:deleted: cancels the user's unpaid orders. Paid orders stay. An interrupted run is repeated safely, because
// cancelled orders are not found again. An order placed at the same moment is not found either, and expires.
export function cancelOrdersOfUser(ctx: OrdersContext) {
  return async ({ data: { id: userId }, cause }: Incoming<typeof UserDeleted>): Promise<void> => {
    for (;;) {
      const open = await ctx.orders.findByBuyer(userId, ['created'], batch);
      for (let start = 0; start < open.length; start += concurrency)
        await Promise.all(
          open
            .slice(start, start + concurrency)
            .map(({ id }) => ctx.orders.change(id, (order) => cancel(order, userId), cause)),
        );
      if (open.length < batch) return;
    }
  };
}
