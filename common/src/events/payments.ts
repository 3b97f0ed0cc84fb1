import { z } from 'zod';
import { Id } from '../id.js';
import { Currency, DecimalPrice } from '../money.js';
import { defineEvent } from './event.js';

const payment = {
  id: Id,
  orderId: Id,
  /** the payment's own version, unrelated to the order's */
  version: z.int().min(0),
  /** id of the Stripe PaymentIntent */
  stripeId: z.string(),
  amount: DecimalPrice,
  currency: Currency,
};

/** The buyer was charged. */
export const PaymentCreated = defineEvent({
  type: 'payment:created',
  source: 'payments',
  data: z.object(payment),
  about: ({ orderId }) => orderId,
});

/** The charge was refunded. */
export const PaymentRefunded = defineEvent({
  type: 'payment:refunded',
  source: 'payments',
  data: z.object({ ...payment, reason: z.string() }),
  about: ({ orderId }) => orderId,
});
