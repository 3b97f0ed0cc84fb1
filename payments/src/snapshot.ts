import type { SnapshotEntry } from '@ticketing/common/operator';
import type { PaymentsContext } from './store.js';
import { orderStatusBehind } from './domain/payment.js';

// The command `facts`: the payments, and what they take their orders for.
export async function* exportSnapshot(ctx: PaymentsContext): AsyncGenerator<SnapshotEntry> {
  for await (const payment of ctx.payments.all()) {
    const { id, status, userId, expiresAt } = payment;
    const stripeId = 'intentId' in payment ? payment.intentId : undefined;
    yield { about: 'payments', id, values: { status, stripeId } };

    // What came before order:created knows nothing of the buyer.
    const { amountInMinorUnits: priceInMinorUnits, currency } = payment;
    const agreed = userId ? { userId, priceInMinorUnits, currency, expiresAt: expiresAt?.toISOString() } : {};
    yield { about: 'orders', id, values: { status: orderStatusBehind(payment), ...agreed } };
  }
}
