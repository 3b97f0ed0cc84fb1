// Decides refunds; their sum never exceeds the charge.
import { invalidParameter, ApiError } from '../api/errors.js';
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

type RefundRequest = Readonly<{
  id: string;
  now: number;
  amount?: number | undefined;
  reason: string | null;
  metadata: Readonly<Record<string, string>>;
}>;

export function refund(intent: Intent, request: RefundRequest): Readonly<{ intent: Intent; refund: Refund }> {
  const { charge } = intent;
  if (intent.status !== 'succeeded' || charge === null) {
    throw cannotRefund(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`);
  }
  const unrefunded = intent.amount - charge.amountRefunded;
  const amount = request.amount ?? unrefunded;
  if (amount < 1 && unrefunded > 0) {
    throw invalidParameter('parameter_invalid_integer', 'amount', 'This value must be at least 1.');
  }
  if (unrefunded === 0) {
    throw cannotRefund(`Charge ${charge.id} has already been refunded.`, 'charge_already_refunded');
  }
  if (amount > unrefunded) {
    throw cannotRefund(
      `Refund amount (${amount}) is greater than unrefunded amount on charge (${unrefunded}).`,
      'amount_too_large',
      'amount',
    );
  }
  return {
    intent: { ...intent, charge: { ...charge, amountRefunded: charge.amountRefunded + amount } },
    refund: {
      id: request.id,
      created: request.now,
      amount,
      currency: intent.currency,
      intentId: intent.id,
      chargeId: charge.id,
      paymentMethodId: charge.paymentMethod.id,
      reason: request.reason,
      metadata: request.metadata,
    },
  };
}

function cannotRefund(message: string, code?: string, param?: string): ApiError {
  return new ApiError(400, {
    type: 'invalid_request_error',
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
    message,
  });
}
