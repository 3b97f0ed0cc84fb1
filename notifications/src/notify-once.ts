// Notifies the people of an order once about each of its news.

import { already, refuse, type Decision } from '@ticketing/common/decision';
import { NotFound } from '@ticketing/common/errors';
import { OrderCreated } from '@ticketing/common/events';
import type { Cause } from '@ticketing/common/observability';
import { isTooOld } from './domain/mail.js';
import type { Channel, Notice } from './domain/notice.js';
import { isForgottenByBus, isNotified, recordNotified, type Order } from './domain/order.js';
import type { NewNotice } from './notices.js';
import type { NotificationsContext } from './store.js';

type Event = Readonly<{ time: Date; cause: Cause }>;

/** The notices as they are stored. An old event makes no mail: it comes from a replay, or from before this service. */
export function newNotices(ctx: NotificationsContext, notices: readonly Notice[], event: Event): NewNotice[] {
  const { time: at, cause } = event;
  const onlyFeed = isTooOld(at, ctx.now()) && { channels: ['feed'] satisfies Channel[] };
  return notices.map((notice) => ({ ...notice, at, traceparent: cause.traceparent, ...onlyFeed }));
}

/**
 * Stores the notices about an order, and then records their news in its copy. A crash in between repeats the first
 * step, which changes nothing. The record outlives the notices, so a replay after a year notifies nobody again.
 * @throws NotFound if order:created may still arrive
 */
export async function notifyOnce(
  ctx: NotificationsContext,
  orderId: string,
  event: Event,
  decide: (order: Order) => Readonly<{ news: readonly string[]; notices: readonly Notice[] }>,
): Promise<Decision<Order, 'order-unknown'>> {
  // A copy from memory may lack news. While the order is young, its notices are still stored, and none is stored twice.
  const recent = isForgottenByBus(orderId, ctx.now()) ? undefined : ctx.orders.recent(orderId);
  const order = recent ?? (await ctx.orders.find(orderId));
  if (!order) return unknownOrder(ctx, orderId, event);
  const { news, notices } = decide(order);
  if (news.every((one) => isNotified(order, one))) return already(order);

  await ctx.notify(newNotices(ctx, notices, event));
  return ctx.orders.change(orderId, (stored) => recordNotified(stored, news), event.cause);
}

const waitForOrderMs = 60_000;

// Its order:created is late, or the broker has lost it, or it was placed before this service ran.
async function unknownOrder(
  { bus, parkedMessages, now, log }: NotificationsContext,
  orderId: string,
  { time }: Event,
): Promise<Decision<Order, 'order-unknown'>> {
  const isOverdue = async () =>
    now().getTime() - time.getTime() > waitForOrderMs &&
    (await bus.caughtUp(OrderCreated.type, 0)) &&
    !(await parkedMessages.hasFailing(OrderCreated.type));
  if (!isForgottenByBus(orderId, now()) && !(await isOverdue())) throw new NotFound('order', orderId);
  log.warn({ orderId }, 'no notice about an order whose order:created has not come');
  return refuse('order-unknown');
}
