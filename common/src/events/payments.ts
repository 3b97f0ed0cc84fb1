import { z } from 'zod';
import { Id } from '../id.js';
import { Currency, DecimalPrice } from '../money.js';
import { defineEvent } from './event.js';

const payment = {
  id: Id,
  orderId: Id,
  /** the payment's version, never to be compared with the order's */
  version: z.int().min(0),
  /** Stripe's PaymentIntent */
  stripeId: z.string(),
  amount: DecimalPrice,
  currency: Currency,
};

/** The money has been taken. */
export const PaymentCreated = defineEvent({
  type: 'payment:created',
  source: 'payments',
  data: z.object(payment),
  about: ({ orderId }) => orderId,
});

/** The money has been given back. */
export const PaymentRefunded = defineEvent({
  type: 'payment:refunded',
  source: 'payments',
  data: z.object({ ...payment, reason: z.string() }),
  about: ({ orderId }) => orderId,
});
