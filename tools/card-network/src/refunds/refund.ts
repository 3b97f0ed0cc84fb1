// Refunds never exceed the charge: what is left of it is decided here and nowhere else.
import { invalidParameter, Refused } from '../api/errors.js';
import type { Intent } from '../payment-intents/payment-intent.js';

export type Refund = Readonly<{
  id: string;
  created: number;
  amount: number;
  currency: string;
  intentId: string;
  chargeId: string;
  paymentMethodId: string;
  reason: string | null;
  metadata: Readonly<Record<string, string>>;
}>;

type Wish = Readonly<{
  id: string;
  now: number;
  amount?: number | undefined;
  reason: string | null;
  metadata: Readonly<Record<string, string>>;
}>;

export function refund(intent: Intent, wish: Wish): Readonly<{ intent: Intent; refund: Refund }> {
  const { charge } = intent;
  if (intent.status !== 'succeeded' || charge === null) {
    throw refused(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`);
  }
  const left = intent.amount - charge.amountRefunded;
  const amount = wish.amount ?? left;
  if (amount < 1 && left > 0) {
    throw invalidParameter('parameter_invalid_integer', 'amount', 'This value must be at least 1.');
  }
  if (left === 0) {
    throw refused(`Charge ${charge.id} has already been refunded.`, 'charge_already_refunded');
  }
  if (amount > left) {
    throw refused(
      `Refund amount (${amount}) is greater than unrefunded amount on charge (${left}).`,
      'amount_too_large',
      'amount',
    );
  }
  return {
    intent: { ...intent, charge: { ...charge, amountRefunded: charge.amountRefunded + amount } },
    refund: {
      id: wish.id,
      created: wish.now,
      amount,
      currency: intent.currency,
      intentId: intent.id,
      chargeId: charge.id,
      paymentMethodId: charge.paymentMethod.id,
      reason: wish.reason,
      metadata: wish.metadata,
    },
  };
}

function refused(message: string, code?: string, param?: string): Refused {
  return new Refused(400, {
    type: 'invalid_request_error',
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
    message,
  });
}
