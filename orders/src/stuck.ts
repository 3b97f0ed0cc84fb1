import type { Order } from './domain/order.js';
import type { OrdersContext } from './store.js';

const overdueMs = 2 * 60_000;
const maxFound = 1_000;

/** Open orders that should have expired at least two minutes ago, the most overdue first. */
export const findStuckOrders = ({ orders, now }: OrdersContext): Promise<Order[]> =>
  orders.findDueBefore(new Date(now().getTime() - overdueMs), maxFound);
