// What operators do with payments and find of them.

import type { Found, Stuck } from '@ticketing/common/operator';
import type { Payment } from './domain/payment-state.js';
import type { PaymentsContext } from './store.js';

const settledWithinMs = 2 * 60_000;

/** The payment of the order with this id, and the payments with this id of an intent at Stripe. */
export async function* findPayments({ payments }: PaymentsContext, text: string): AsyncGenerator<Found> {
  const payment = await payments.find(text);
  if (payment) yield toFound(payment);
  if (!text.startsWith('pi_')) return;
  for await (const { state } of payments.scan({ intentId: text })) yield toFound(state);
}

function toFound(payment: Payment): Found {
  const { id, status, userId } = payment;
  const intent = 'intentId' in payment ? payment.intentId : undefined;
  return { what: 'payment', id, status, related: { order: id, buyer: userId, intent } };
}

/** Payments whose step at Stripe has taken two minutes. */
export async function* stuckPayments({ payments, now }: PaymentsContext): AsyncGenerator<Stuck> {
  const since = new Date(now().getTime() - settledWithinMs);
  for await (const { payment, since: changedAt } of payments.unsettledBefore(since))
    yield {
      what: `payment ${payment.id}`,
      problem: payment.status,
      since: changedAt,
      action: 'Read the log of payments ("not settled yet") and the status page of Stripe.',
    };
}
