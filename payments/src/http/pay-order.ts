import { setTimeout as delay } from 'node:timers/promises';
import { already, refuse, type Decision } from '@ticketing/common/decision';
import { DependencyDown, InvalidInput } from '@ticketing/common/errors';
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
import type { PaymentsContext } from '../store.js';
import { KeyRefused } from '../cards/card-errors.js';
import { pay } from '../domain/payment.js';
import type { DeclineCode, Payment } from '../domain/payment-state.js';
import { PaymentReceipt, viewReceipt } from './payment-view.js';
import { settle } from '../settlement.js';

const Body = z.strictObject({
  orderId: Id,
  token: z.string().regex(/^(tok|pm)_[A-Za-z0-9_]{1,200}$/, 'must be a card token: tok_… or pm_…'),
});

const refusals = [
  'invalid-token',
  'amount-refused',
  'not-found',
  'not-your-order',
  'order-cancelled',
  'order-expired',
  'card-declined',
  'card-needs-authentication',
] as const;

// POST /api/payments: charges the buyer of an order. The attempt is saved before Stripe is called, so a repeat finds the
// attempt. If Stripe is slow, the answer is 202 and the settlement continues in the background.
export function payOrder(ctx: PaymentsContext) {
  const { PAYMENT_MARGIN_MS: marginMs, PAYMENT_ANSWER_MS: patienceMs } = ctx.config;

  return handle(
    {
      name: 'payOrder',
      summary: 'Charges the buyer of an order.',
      user: required,
      body: Body,
      answers: { 201: PaymentReceipt, 200: PaymentReceipt, 202: PaymentReceipt },
      versioned: true,
      idempotent: true,
      refusals,
    },
    async ({ body: { orderId, token }, user, cause, orThrow }) => {
      await ctx.payments.getOrWait(orderId);

      const request = cause.request?.effectId;
      const attempt = { userId: user.id, token, marginMs, request };
      const decision = await ctx.payments.change(
        orderId,
        (payment) => pay(payment, attempt, ctx.now()),
        cause,
      );
      const pending = orThrow(decision);
      if (decision.outcome === 'already') return answerFor(orThrow(settled(pending)), ok);

      const settling = settle(ctx, pending, cause, { isNew: true });
      ctx.settleInBackground(settling, orderId);
      const result = await Promise.race([
        settling.catch(pendingUnlessFinal(pending)),
        delay(patienceMs, pending, { ref: false }),
      ]);

      return answerFor(orThrow(settled(result)), created);
    },
  );
}

// The attempt is saved and the sweep will settle it, so the buyer may ask again. A refused API key is different: nothing
// happens until an operator replaces it, and the buyer gets an error.
function pendingUnlessFinal(pending: Payment) {
  return (error: unknown): Payment => {
    if (error instanceof DependencyDown && !(error instanceof KeyRefused)) return pending;
    throw error;
  };
}

type Answerable = Payment & Readonly<{ status: 'succeeded' | 'pending' }>;

/** @throws InvalidInput if the card network refused the token or the amount */
function settled(payment: Payment): Decision<Answerable, DeclineCode | 'order-cancelled'> {
  switch (payment.status) {
    case 'succeeded':
    case 'pending':
      return already(payment as Answerable);
    case 'declined':
      return refuseDeclined(payment.declineCode);
    case 'none':
    case 'cancelling':
    case 'refunding':
    case 'refunded':
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
      return refuse(code);
  }
}

function answerFor(payment: Answerable, success: typeof ok): Answer {
  const answer = payment.status === 'succeeded' ? success : acceptedForProcessing;
  return answer(viewReceipt(payment), etagOf(payment));
}
