// The operator commands on payments, and their search.

import { orThrow } from '@ticketing/common/decision';
import type { Place } from '@ticketing/common/events';
import { toDecimal } from '@ticketing/common/money';
import { command, UsageError, type Found, type Stuck } from '@ticketing/common/operator';
import { attentionFor, type Payment } from './domain/payment-state.js';
import { amountIn } from './http/refund-payment.js';
import { requestRefund } from './refund.js';
import type { PaymentsContext } from './store.js';

const settledWithinMs = 2 * 60_000;

export const refund = command(
  'refund <orderId> [amount] [--places=list] [--reason=text]',
  'returns money to the buyer: an amount, the price of the places <ticketId>/<place>,…, or all that is left',
  async (ctx: PaymentsContext, { args, cause, print }) => {
    const { orderId, amount, reason = 'operator' } = args;
    const payment = await ctx.payments.get(orderId);
    const places = args.places === undefined ? undefined : placesIn(args.places);
    if (places && amount !== undefined) throw new UsageError('Name an amount or places, not both.');
    const amountInMinorUnits = amount === undefined ? undefined : amountIn(amount, payment);

    const request = { orderId, amountInMinorUnits, places, by: cause.by, reason };
    const decision = await requestRefund(ctx, request, cause);
    const { charge, refund: made } = orThrow(decision);

    const { id, status, problem } = made;
    const sum = `${toDecimal(made.amountInMinorUnits, charge.currency)} ${charge.currency}`;
    if (status === 'failed') throw new Error(`refund ${id} of ${sum} has failed: ${problem}`);
    const before = decision.outcome === 'already' ? 'nothing is left to refund: ' : '';
    const later = status === 'requested' ? ', because Stripe has not answered; the service continues it' : '';
    await print(`${before}refund ${id} of ${sum} is ${status}${later}`);
  },
);

/** @throws UsageError unless `list` is `<ticketId>/<place>,…` */
function placesIn(list: string): readonly Place[] {
  return list.split(',').map((name) => {
    const [, ticketId, place] = /^([0-9a-f]{24})\/(\d{1,5})$/.exec(name) ?? [];
    if (ticketId === undefined) throw new UsageError(`"${name}" is no place. A place is <ticketId>/<place>.`);
    return { ticketId, place: Number(place) };
  });
}

/** The payment of the order with this id, and the payment of an intent, a refund or a dispute at Stripe. */
export async function* findPayments({ payments }: PaymentsContext, text: string): AsyncGenerator<Found> {
  const found = [await payments.find(text), await payments.ofIntent(text)];
  yield* found.filter((payment) => payment !== undefined).map(toFound);

  const field = stripeFields.find(({ ids }) => ids.test(text))?.field;
  if (field) yield* (await payments.ofStripeId(field, text)).map(toFound);
}

/** Where the ids of Stripe are stored, beside `intentId`. */
const stripeFields = [
  { ids: /^pi_/, field: 'strays.intentId' },
  { ids: /^(re|pyr)_/, field: 'refunds.stripeId' },
  { ids: /^d[pu]_/, field: 'disputes.id' },
] as const;

function toFound(payment: Payment): Found {
  const { id, status, userId } = payment;
  const intent = 'intentId' in payment ? payment.intentId : undefined;
  return { what: 'payment', id, status, related: { order: id, buyer: userId, intent } };
}

type Attention = NonNullable<ReturnType<typeof attentionFor>>;

/** The remedy for each problem, for an operator. */
const attention: Readonly<
  Record<Attention, Readonly<{ problem: string; action: (payment: Payment) => string }>>
> = {
  parked: {
    problem: 'charged for an order that nobody knows',
    action: ({ id }) => `Find the buyer at Stripe; to give the money back: ops refund ${id}`,
  },
  stray: {
    problem: 'charged by another intent or with another amount',
    action: ({ strays = [] }) =>
      `Refund at Stripe what the buyer does not owe: ${strays.map(({ intentId }) => intentId).join(', ')}`,
  },
  'refund-failed': {
    problem: 'a refund has failed, and the buyer has not received its amount',
    action: ({ id }) => `Ask again: ops refund ${id} [amount]. See why it failed: ops history payment ${id}`,
  },
  disputed: {
    problem: 'the bank of the buyer disputes it',
    action: () => 'Answer the dispute at Stripe before its time is over.',
  },
};

/** Payments whose step at Stripe has taken two minutes, and payments that a person has to decide about. */
export async function* stuckPayments({ payments, now }: PaymentsContext): AsyncGenerator<Stuck> {
  const until = new Date(now().getTime() - settledWithinMs);
  for await (const { payment, since } of payments.unsettledBefore(until))
    yield { what: `payment ${payment.id}`, problem: payment.status, since, action: readLog };
  for await (const { id, status, expiresAt = until } of payments.challengesExpiringBefore(until))
    yield { what: `payment ${id}`, problem: status, since: expiresAt, action: readLog };

  for await (const { payment, since } of payments.needingAttention()) {
    const found = attentionFor(payment);
    if (!found) continue;
    const { problem, action } = attention[found];
    yield { what: `payment ${payment.id}`, problem, since, action: action(payment) };
  }
}

const readLog = 'Read the log of payments ("not settled yet") and the status page of Stripe.';
