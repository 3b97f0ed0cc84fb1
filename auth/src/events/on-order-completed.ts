import type { Incoming, OrderCompleted } from '@ticketing/common/events';
import { replicate } from '../domain/paid-order.js';
import type { AuthContext } from '../store.js';

// on order:completed: the user has a paid ticket, so the account is not deleted without saying so.
export function recordPaidOrder(ctx: AuthContext) {
  return ({ data: { id, userId, version }, cause }: Incoming<typeof OrderCompleted>) =>
    ctx.paidOrders.insertOrChange(id, (copy) => replicate(copy, { id, userId, version }), cause);
}
