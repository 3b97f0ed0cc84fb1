import type { Incoming, OrderCancelled, OrderRefunded } from '@ticketing/common/events';
import { mayHaveBeenPaid, replicate } from '../domain/paid-order.js';
import type { AuthContext } from '../store.js';

// on order:cancelled, order:refunded: the user has this ticket no more.
export function recordOrderEnd(ctx: AuthContext) {
  return async ({ data, cause }: Incoming<typeof OrderCancelled | typeof OrderRefunded>) => {
    if (!mayHaveBeenPaid(data)) return;
    const { id, userId, version } = data;
    const ended = { id, userId, version, endedAt: ctx.now() };

    await ctx.paidOrders.changeOrCreate(id, (copy) => replicate(copy, ended), cause);
  };
}
