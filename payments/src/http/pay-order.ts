import { already, refuse, type Decision } from '@ticketing/common/decision';
import { InvalidInput } from '@ticketing/common/errors';
import {
  created,
  etagOf,
  handle,
  ok,
  required,
  acceptedForProcessing,
  problemWith,
  type Answer,
} from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import { beginAttempt } from '../begin-attempt.js';
import { followChallenge, type WithSecret } from '../challenge.js';
import { pay } from '../domain/payment.js';
import { isCharge, type DeclineCode, type Payment, type VisiblePayment } from '../domain/payment-state.js';
import { refundableAmount, withRefunds } from '../domain/charge-state.js';
import { settleInTime } from '../settlement/settle-in-time.js';
import type { PaymentsContext } from '../store.js';
import { OpenPayment, PaymentReceipt, viewReceipt } from './payment-view.js';

const Body = z.strictObject({
  orderId: Id,
  token: z.string().regex(/^(tok|pm)_[A-Za-z0-9_]{1,200}$/, 'must be a card token: tok_… or pm_…'),
  /** The buyer cannot answer a challenge of the bank: a card that needs one is declined. */
  offSession: z.boolean().optional(),
});

const refusals = [
  'invalid-token',
  'amount-refused',
  'not-found',
  'not-your-order',
  'nothing-to-pay',
  'order-cancelled',
  'order-expired',
  'card-declined',
  'card-needs-authentication',
  'authentication-failed',
  'payment-cancelled',
  'too-many-declines',
  'payment-attempts-exhausted',
] as const;

// POST /api/payments: charges the buyer of an order. The attempt is saved before Stripe is called, so a repeat finds the
// attempt. If Stripe is slow, the answer is 202 and the settlement continues in the background. If the bank wants to approve
// the payment, the answer is 202 with the secret that the buyer's browser needs.
export function payOrder(ctx: PaymentsContext) {
  const { PAYMENT_MARGIN_MS: marginMs } = ctx.config;

  return handle(
    {
      name: 'payOrder',
      summary: 'Charges the buyer of an order.',
      user: required,
      body: Body,
      answers: { 201: PaymentReceipt, 200: PaymentReceipt, 202: OpenPayment },
      versioned: true,
      idempotent: true,
      refusals,
    },
    async ({ body: { orderId, ...card }, user, address, cause, orThrow }) => {
      const attempt = { ...card, userId: user.id, marginMs, request: cause.request?.effectId };
      const { decision, counted } = await beginAttempt(ctx, { orderId, address, cause }, (payment) =>
        pay(payment, attempt, ctx.now()),
      );
      const isNew = decision.outcome === 'accepted';
      const begun = orThrow(decision);

      const settled = isNew ? await settleInTime(ctx, begun, cause, { isNew, counted }) : begun;
      const { payment, clientSecret } = await followChallenge(ctx, settled, cause);

      return answerFor(orThrow(answerable(payment)), clientSecret, isNew ? created : ok);
    },
  );
}

/** @throws InvalidInput if the card network refused the token or the amount */
function answerable(payment: Payment): Decision<VisiblePayment, DeclineCode | 'order-cancelled'> {
  if (isCharge(payment)) {
    const charge = withRefunds(payment);
    return charge.isOrderCancelled || refundableAmount(charge) === 0
      ? refuse('order-cancelled')
      : already(payment);
  }
  switch (payment.status) {
    case 'pending':
    case 'requires-action':
      return already(payment);
    case 'declined':
      return refuseDeclined(payment.declineCode);
    case 'none':
    case 'cancelling':
    case 'void':
      return refuse('order-cancelled');
  }
}

function refuseDeclined(code: DeclineCode): Decision<never, DeclineCode> {
  switch (code) {
    case 'invalid-token':
      throw new InvalidInput([problemWith('token', 'must be known to the card network')], code);
    case 'amount-refused':
      throw new InvalidInput([{ message: 'The card network refuses this amount.' }], code);
    case 'card-declined':
    case 'card-needs-authentication':
    case 'authentication-failed':
    case 'payment-cancelled':
      return refuse(code);
  }
}

function answerFor(
  payment: VisiblePayment,
  clientSecret: WithSecret['clientSecret'],
  success: typeof ok,
): Answer {
  const isOpen = payment.status === 'pending' || payment.status === 'requires-action';
  const answer = isOpen ? acceptedForProcessing : success;
  const secret = clientSecret === undefined ? {} : { clientSecret };
  return answer({ ...viewReceipt(payment), ...secret }, etagOf(payment));
}
