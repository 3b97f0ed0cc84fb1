import { toMinorUnits, type Incoming, type OrderCreated } from '@ticketing/common';
import type { PaymentsContext } from '../context.js';
import { expectPayment as expect } from '../domain/payment.js';

// on order:created: the order can be paid from now on.
export function expectPayment(ctx: PaymentsContext) {
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
