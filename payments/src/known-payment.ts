// The payment of an order that orders knows, although its event may still be on the way.

import { DependencyDown, NotFound } from '@ticketing/common/errors';
import type { Payment } from './domain/payment-state.js';
import type { PaymentsContext } from './store.js';

/** Longer than an outage of the bus that a client should wait for. */
const youngForMs = 15 * 60_000;
const retryAfterSeconds = 2;

/**
 * The payment of an order that its buyer wants to pay. Waits a moment for the event of the order.
 * @throws DependencyDown if the event of the order may be late: the order is young, or the bus is disconnected
 * @throws NotFound otherwise
 */
export async function knownPayment(ctx: PaymentsContext, orderId: string): Promise<Payment> {
  try {
    return await ctx.payments.getOrWait(orderId);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    if (isYoung(orderId, ctx.now()) || !ctx.isBusConnected())
      throw new DependencyDown('the event of this order', { retryAfterSeconds });
    throw error;
  }
}

// The first 4 bytes of an id are its time in seconds, by the clock of orders.
function isYoung(id: string, now: Date): boolean {
  const createdAt = Number.parseInt(id.slice(0, 8), 16) * 1_000;
  return Math.abs(now.getTime() - createdAt) < youngForMs;
}
