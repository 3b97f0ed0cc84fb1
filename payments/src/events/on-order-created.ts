import type { Incoming, OrderCreated } from '@ticketing/common/events';
import { toMinorUnits } from '@ticketing/common/money';
import type { PaymentsContext } from '../store.js';
import { openPayment as open } from '../domain/payment.js';

// on order:created: opens the payment, so that the buyer can pay the whole order. A free order has nothing to pay and stays
// that way.
export function openPayment(ctx: PaymentsContext) {
  return ({ data, cause }: Incoming<typeof OrderCreated>) => {
    const { id, userId, expiresAt, ticket } = data;
    const amountInMinorUnits = toMinorUnits(ticket.price, ticket.currency);
    const onePlace = { ticketId: ticket.id, price: ticket.price, places: [0] };
    const items = (data.items ?? [onePlace]).map(({ ticketId, price, places }) => ({
      ticketId,
      priceInMinorUnits: toMinorUnits(price, ticket.currency),
      places,
    }));
    const order = {
      id,
      userId,
      ...(ticket.sellerId !== undefined && { sellerId: ticket.sellerId }),
      amountInMinorUnits,
      currency: ticket.currency,
      expiresAt: new Date(expiresAt),
      items,
    };

    return ctx.payments.insertOrChange(id, (payment) => open(payment, order), cause);
  };
}
