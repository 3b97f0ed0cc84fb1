import type { Incoming, PaymentPartlyRefunded, PaymentRefunded } from '@ticketing/common/events';
import { onRefund } from '../domain/notice.js';
import type { Order } from '../domain/order.js';
import { untoldOfWhole, untoldRefunds, type Refund } from '../domain/refunds.js';
import type { NotificationsContext } from '../store.js';
import { tell } from '../tell.js';

const newsOf = (order: Order, refunds: readonly Refund[]) => ({
  news: refunds.map(({ id }) => id),
  notices: refunds.flatMap((refund) => onRefund(order, refund)),
});

// on payment:partly-refunded: tells the buyer and the seller of each refund.
export function tellRefunds(ctx: NotificationsContext) {
  return ({ data, time, cause }: Incoming<typeof PaymentPartlyRefunded>) =>
    tell(ctx, data.orderId, { time, cause }, (order) => newsOf(order, untoldRefunds(order, data.refunds)));
}

// on payment:refunded: tells them of what went back since, so that they know of the whole amount.
export function tellWholeRefund(ctx: NotificationsContext) {
  return ({ data, time, cause }: Incoming<typeof PaymentRefunded>) =>
    tell(ctx, data.orderId, { time, cause }, (order) =>
      newsOf(order, untoldOfWhole(order, data.reason, data.refunds)),
    );
}
