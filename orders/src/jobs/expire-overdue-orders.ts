import { PaymentCreated } from '@ticketing/common/events';
import type { Cause } from '@ticketing/common/observability';
import type { OrdersContext } from '../context.js';
import { expire } from '../domain/order.js';

const batch = 500;
const atOnce = 16;
const patienceMs = 2_000;
const settlingMs = 5_000;

// Every few seconds: frees the orders whose timer was lost. Before that it lets payments catch up, so that who has paid in
// time is not cancelled because the news of it is late; but not for ever, for the seat is wanted.
export function expireOverdueOrders(ctx: OrdersContext) {
  return async ({ cause }: { cause: Cause }): Promise<void> => {
    while ((await freeSome(ctx, cause)) === batch);
  };
}

/** How many of the most overdue it has freed. */
async function freeSome(ctx: OrdersContext, cause: Cause): Promise<number> {
  const connectedSince = ctx.bus.connectedSince();
  if (!connectedSince) return 0;
  const now = ctx.now().getTime();
  const overdue = await ctx.orders.findDueBefore(new Date(now - ctx.config.OVERDUE_AFTER_MS), batch);
  if (overdue.length === 0) return 0;

  const heardAll =
    now - connectedSince.getTime() > settlingMs && (await ctx.bus.caughtUp(PaymentCreated.type, patienceMs));
  const graceMs = ctx.config.PAYMENT_GRACE_SECONDS * 1_000;
  const due = overdue.filter(
    ({ expiresAt }) => heardAll || now - Math.max(expiresAt.getTime(), connectedSince.getTime()) > graceMs,
  );

  for (let start = 0; start < due.length; start += atOnce)
    await Promise.all(due.slice(start, start + atOnce).map(({ id }) => free(ctx, id, cause)));
  if (due.length > 0) ctx.log.warn({ orders: due.length }, 'freed overdue orders that no timer had freed');
  return due.length;
}

async function free(ctx: OrdersContext, id: string, cause: Cause): Promise<void> {
  const decision = await ctx.orders.change(id, (order) => expire(order, ctx.now()), cause);
  if (decision.outcome !== 'accepted') return;
  ctx.metrics.swept.inc({ job: 'expire-overdue-orders' });
  ctx.metrics.freed(decision.state, ctx.now());
}
