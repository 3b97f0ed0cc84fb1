import type { SnapshotEntry } from '@ticketing/common/operator';
import type { PaymentsContext } from './store.js';
import { impliedOrderStatus, isCharge } from './domain/payment-state.js';

// The payments, and the state of their orders as far as payments knows it.
export async function* exportSnapshot(ctx: PaymentsContext): AsyncGenerator<SnapshotEntry> {
  for await (const payment of ctx.payments.all()) {
    const { id, status, userId, expiresAt } = payment;
    const stripeId = 'intentId' in payment ? payment.intentId : undefined;
    yield { about: 'payments', id, values: { status, stripeId } };

    // No order is known of a parked charge.
    if (isCharge(payment) && userId === '') continue;
    // A payment that arrived before order:created has no price yet.
    const { amountInMinorUnits: priceInMinorUnits, currency } = payment;
    const order = userId ? { userId, priceInMinorUnits, currency, expiresAt: expiresAt?.toISOString() } : {};
    yield { about: 'orders', id, values: { status: impliedOrderStatus(payment), ...order } };
  }
}
