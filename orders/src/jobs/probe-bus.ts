import { busProbe } from '@ticketing/common/bus';
import type { Cause } from '@ticketing/common/observability';
import type { OrdersContext } from '../store.js';

const aheadMs = 10_000;

// Every two seconds, while an unpaid order is overdue or soon expires: stores a message on the bus. A full bus refuses
// payment:created, and orders would not notice without publishing itself. See expire-overdue-orders.ts.
export function probeBus(ctx: OrdersContext) {
  return async ({ cause }: { cause: Cause }): Promise<void> => {
    if (ctx.bus.connectedSince() === undefined) return;
    const due = await ctx.orders.findDueBefore(new Date(ctx.now().getTime() + aheadMs), 1);
    if (due.length === 0) return;

    await ctx.bus
      .publish(busProbe('orders', cause, ctx.now()))
      .catch((error: unknown) => ctx.log.debug({ err: error }, 'the bus did not store a probe'));
  };
}
