import type { Incoming, PaymentPartlyRefunded, PaymentRefunded } from '@ticketing/common/events';
import { onRefund } from '../domain/notice.js';
import type { Order } from '../domain/order.js';
import { newRefundsOfWhole, newRefunds, type Refund } from '../domain/refunds.js';
import type { NotificationsContext } from '../store.js';
import { notifyOnce } from '../notify-once.js';

const newsOf = (order: Order, refunds: readonly Refund[]) => ({
  news: refunds.map(({ id }) => id),
  notices: refunds.flatMap((refund) => onRefund(order, refund)),
});

// on payment:partly-refunded: tells the buyer and the seller of each refund.
export function notifyRefunds(ctx: NotificationsContext) {
  return ({ data, time, cause }: Incoming<typeof PaymentPartlyRefunded>) =>
    notifyOnce(ctx, data.orderId, { time, cause }, (order) => newsOf(order, newRefunds(order, data.refunds)));
}

// on payment:refunded: tells the buyer and the seller of the refunds that had no notice yet.
export function notifyWholeRefund(ctx: NotificationsContext) {
  return ({ data, time, cause }: Incoming<typeof PaymentRefunded>) =>
    notifyOnce(ctx, data.orderId, { time, cause }, (order) =>
      newsOf(order, newRefundsOfWhole(order, data.reason, data.refunds)),
    );
}
