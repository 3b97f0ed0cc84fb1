import type { Cause } from '@ticketing/common/observability';
import { releaseByOperator } from './domain/order.js';
import type { OrdersContext } from './store.js';

/**
 * An operator cancels an unpaid or free order, so that its places are free again. An order that has ended stays as it is; a
 * paid one is refused.
 * @throws NotFound
 */
export const releaseOrder = (ctx: OrdersContext, orderId: string, cause: Cause) =>
  ctx.orders.change(orderId, releaseByOperator, cause);
