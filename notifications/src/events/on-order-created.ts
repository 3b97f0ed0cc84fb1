import { accept, already } from '@ticketing/common/decision';
import type { Incoming, OrderCreated } from '@ticketing/common/events';
import { isTooOld } from '../domain/mail.js';
import { onOrderPlaced } from '../domain/notice.js';
import type { Order } from '../domain/order.js';
import type { NotificationsContext } from '../store.js';
import { newNotices } from '../notify-once.js';

// on order:created: keeps what later mails say about the order, and tells the buyer until when to pay.
export function recordOrder(ctx: NotificationsContext) {
  return async ({ data, time, cause }: Incoming<typeof OrderCreated>) => {
    const { id, userId, ticket } = data;
    const { currency, sellerId, price: total } = ticket;
    const onePlace = { ticketId: ticket.id, title: ticket.title, price: total, places: [0] };
    const items = (data.items ?? [onePlace]).map(({ ticketId, title, price, places }) => ({
      ...{ ticketId, title, price, quantity: places.length },
    }));
    const expiresAt = new Date(data.expiresAt);
    const order: Order = {
      ...{ id, version: 0, userId, sellerId, items, total, currency, expiresAt, told: ['placed'] },
    };
    // A fresh event needs no read: its notices are unique. Notices expire before the copy, so an old event reads the copy.
    const known =
      ctx.orders.recent(id) ?? (isTooOld(time, ctx.now()) ? await ctx.orders.find(id) : undefined);
    if (known) return already(known);

    await ctx.notify(newNotices(ctx, onOrderPlaced(order), { time, cause }));
    return ctx.orders.insertOrChange(id, (stored) => (stored ? already(stored) : accept(order)), cause);
  };
}
