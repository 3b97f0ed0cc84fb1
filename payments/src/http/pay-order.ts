import { setTimeout as delay } from 'node:timers/promises';
import { orThrow } from '@ticketing/common/decision';
import { DependencyDown, InvalidInput, Refusal } from '@ticketing/common/errors';
import {
  created,
  etagOf,
  handle,
  ok,
  required,
  acceptedForProcessing,
  type Answer,
} from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import type { PaymentsContext } from '../context.js';
import { KeyRefused } from '../cards.js';
import { pay, type DeclineCode, type Payment } from '../domain/payment.js';
import { PaymentReceipt, viewReceipt } from './payment-view.js';
import { settle } from '../settlement.js';

const Body = z.object({
  orderId: Id,
  token: z.string().regex(/^(tok|pm)_[A-Za-z0-9_]{1,200}$/, 'must be a card token: tok_… or pm_…'),
});

// POST /api/payments: charges the buyer of an order. First the attempt is written down, then Stripe is asked; whoever
// comes a second time finds the attempt. If Stripe takes long the answer is 202, and the settlement goes on without us.
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
      refusals: [
        'invalid-token',
        'amount-refused',
        'not-found',
        'not-your-order',
        'order-cancelled',
        'order-expired',
        'card-declined',
        'card-needs-authentication',
      ],
    },
    async ({ body: { orderId, token }, user, cause }) => {
      await ctx.payments.getOrWait(orderId);

      const decision = await ctx.payments.change(
        orderId,
        (payment) =>
          pay(payment, { userId: user.id, token, marginMs, request: cause.request?.effectId }, ctx.now()),
        cause,
      );
      const attempt = orThrow(decision);
      if (decision.outcome === 'already') return answerFor(attempt, ok);

      const settling = settle(ctx, attempt, cause, { fresh: true });
      ctx.runInBackground(settling, orderId);
      const settled = await Promise.race([
        settling.catch(stillPending(attempt)),
        delay(patienceMs, attempt, { ref: false }),
      ]);

      return answerFor(settled, created);
    },
  );
}

// The attempt is on record and will be settled; the buyer may ask again. But while our own key is refused nothing will
// happen, and they should know.
function stillPending(attempt: Payment) {
  return (error: unknown): Payment => {
    if (error instanceof DependencyDown && !(error instanceof KeyRefused)) return attempt;
    throw error;
  };
}

function answerFor(payment: Payment, settled: typeof ok): Answer {
  switch (payment.status) {
    case 'succeeded':
      return settled(viewReceipt(payment), etagOf(payment));
    case 'pending':
      return acceptedForProcessing(viewReceipt(payment), etagOf(payment));
    case 'declined':
      throw refusalFor(payment.declineCode);
    case 'none':
    case 'cancelling':
    case 'refunding':
    case 'refunded':
    case 'void':
      throw new Refusal('order-cancelled');
  }
}

function refusalFor(code: DeclineCode): Error {
  switch (code) {
    case 'invalid-token':
      return new InvalidInput(
        [{ field: 'token', message: 'the card network does not know this token' }],
        code,
      );
    case 'amount-refused':
      return new InvalidInput([{ message: 'the card network refuses this amount' }], code);
    case 'card-declined':
    case 'card-needs-authentication':
      return new Refusal(code);
  }
}
