import type { Incoming, OrderCreated } from '@ticketing/common/events';
import { toMinorUnits } from '@ticketing/common/money';
import type { PaymentsContext } from '../store.js';
import { openPayment as expect } from '../domain/payment.js';

// on order:created: the order can be paid from now on.
export function openPayment(ctx: PaymentsContext) {
  return ({ data, cause }: Incoming<typeof OrderCreated>) => {
    const { id, userId, expiresAt, ticket } = data;
    const amountInMinorUnits = toMinorUnits(ticket.price, ticket.currency);
    const order = {
      id,
      userId,
      amountInMinorUnits,
      currency: ticket.currency,
      expiresAt: new Date(expiresAt),
    };

    return ctx.payments.createOrChange(id, (payment) => expect(payment, order), cause);
  };
}
