import type { Incoming, OrderCancelled, OrderCompleted } from '@ticketing/common/events';
import { onOrderCancelled, onOrderPaid } from '../domain/notice.js';
import type { NotificationsContext } from '../store.js';
import { notifyOnce } from '../notify-once.js';

// on order:completed: tells the buyer that the order is paid, and the seller that it is sold.
export function notifyPaid(ctx: NotificationsContext) {
  return ({ data, time, cause }: Incoming<typeof OrderCompleted>) =>
    notifyOnce(ctx, data.id, { time, cause }, (order) => ({ news: ['paid'], notices: onOrderPaid(order) }));
}

// on order:cancelled: tells the buyer that the order has expired or is cancelled.
export function notifyCancelled(ctx: NotificationsContext) {
  return ({ data, time, cause }: Incoming<typeof OrderCancelled>) =>
    notifyOnce(ctx, data.id, { time, cause }, (order) => ({
      news: ['cancelled'],
      notices: onOrderCancelled(order, data),
    }));
}
