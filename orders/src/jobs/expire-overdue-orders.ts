import { ExpirationComplete, PaymentCreated } from '@ticketing/common/events';
import type { Cause } from '@ticketing/common/observability';
import { expire } from '../domain/order.js';
import type { OrdersContext } from '../store.js';

const batch = 500;
const concurrency = 16;
const patienceMs = 2_000;

// Every few seconds: expires orders whose timer was lost. It waits while the bus stores no messages, and then until
// the consumer has caught up on payments: an order that was paid in time must not be cancelled. It also lets the
// consumer catch up on timers: while thousands are due at once, both would expire the same orders. The grace period bounds
// the wait for the consumer.
export function expireOverdueOrders(ctx: OrdersContext) {
  return async ({ cause }: { cause: Cause }): Promise<void> => {
    while ((await expireBatch(ctx, cause)) === batch);
  };
}

/** Expires the most overdue orders and returns their number. */
async function expireBatch(ctx: OrdersContext, cause: Cause): Promise<number> {
  const storesForMs = ctx.bus.storesForMs();
  if (storesForMs === undefined) return 0;
  const now = ctx.now().getTime();
  const overdue = await ctx.orders.findDueBefore(new Date(now - ctx.config.OVERDUE_AFTER_MS), batch);
  if (overdue.length === 0) return 0;

  const isCaughtUp =
    storesForMs > ctx.config.BUS_SETTLING_MS &&
    (await ctx.bus.caughtUp(PaymentCreated.type, patienceMs)) &&
    (await ctx.bus.caughtUp(ExpirationComplete.type, patienceMs)) &&
    !(await ctx.parkedMessages.hasFailing(PaymentCreated.type));
  const graceMs = ctx.config.PAYMENT_GRACE_SECONDS * 1_000;
  const due = overdue.filter(
    ({ expiresAt }) => isCaughtUp || Math.min(now - expiresAt.getTime(), storesForMs) > graceMs,
  );

  for (let start = 0; start < due.length; start += concurrency)
    await Promise.all(due.slice(start, start + concurrency).map(({ id }) => expireOne(ctx, id, cause)));
  if (due.length > 0) ctx.log.warn({ orders: due.length }, 'expired overdue orders whose timers were lost');
  return due.length;
}

async function expireOne(ctx: OrdersContext, id: string, cause: Cause): Promise<void> {
  const decision = await ctx.orders.change(id, (order) => expire(order, ctx.now()), cause);
  if (decision.outcome !== 'accepted') return;
  ctx.metrics.swept.inc({ job: 'expire-overdue-orders' });
  ctx.metrics.released(decision.state, ctx.now());
}
