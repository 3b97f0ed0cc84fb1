import type { Incoming, UserDeleted } from '@ticketing/common/events';
import type { OrdersContext } from '../context.js';
import { cancel } from '../domain/order.js';

const batch = 500;
const atOnce = 16;

// on user:deleted. Gives back what the buyer has not paid; what is paid stays theirs. May be interrupted and repeated: what
// is cancelled already is not found again. An order that was placed in the last moment before is not seen by this, and expires.
export function cancelOrdersOf(ctx: OrdersContext) {
  return async ({ data: { id: userId }, cause }: Incoming<typeof UserDeleted>): Promise<void> => {
    for (;;) {
      const open = await ctx.orders.findOf(userId, ['created'], batch);
      for (let start = 0; start < open.length; start += atOnce)
        await Promise.all(
          open
            .slice(start, start + atOnce)
            .map(({ id }) => ctx.orders.change(id, (order) => cancel(order, userId), cause)),
        );
      if (open.length < batch) return;
    }
  };
}
