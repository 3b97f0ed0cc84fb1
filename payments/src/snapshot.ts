import { claimOf } from '@ticketing/common/events';
import type { SnapshotEntry } from '@ticketing/common/operator';
import type { PaymentsContext } from './store.js';
import { freedPlaces } from './domain/charge-state.js';
import { impliedOrderStatus, isCharge, type Payment } from './domain/payment-state.js';

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
    yield {
      about: 'orders',
      id,
      values: { status: impliedOrderStatus(payment), places: placesOf(payment), ...order },
    };
  }
}

/** The claims of the order, as orders names them. Undefined if it holds no place, or if payments does not know them. */
function placesOf(payment: Payment): string | undefined {
  const status = impliedOrderStatus(payment);
  const { items } = payment;
  if (!items || (status !== 'created' && status !== 'complete')) return undefined;
  const freed = isCharge(payment) ? freedPlaces(payment).map(claimOf) : [];
  return items
    .flatMap(({ ticketId, places }) => places.map((place) => claimOf({ ticketId, place })))
    .filter((claim) => !freed.includes(claim))
    .join(' ');
}
