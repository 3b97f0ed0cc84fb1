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

const Refund = z.object({
  /** `rf-<orderId>-<n>` */
  id: z.string(),
  amount: DecimalPrice,
  status: z.enum(['pending', 'succeeded', 'failed']),
  /** who asked for it; `card-network` is somebody at Stripe's dashboard */
  by: z.enum(['seller', 'operator', 'system', 'card-network']),
  reason: z.string(),
  /** the places that it pays back, which are free again once it has succeeded */
  places: z.array(z.object({ ticketId: Id, place: z.int().min(0) })).optional(),
});

const returned = {
  /** what went back to the buyer so far, by refunds and lost disputes */
  refunded: DecimalPrice,
  /** all refunds, oldest first */
  refunds: z.array(Refund),
};

/** The whole charge went back to the buyer, by refunds or by a lost dispute. */
export const PaymentRefunded = defineEvent({
  type: 'payment:refunded',
  source: 'payments',
  data: z.object({
    ...payment,
    /** `order-cancelled`, `refund` or `dispute-lost` */
    reason: z.string(),
    refunds: z.array(Refund).optional(),
  }),
  about: ({ orderId }) => orderId,
});

/** A part of the charge went back to the buyer. */
export const PaymentPartlyRefunded = defineEvent({
  type: 'payment:partly-refunded',
  source: 'payments',
  data: z.object({ ...payment, ...returned }),
  about: ({ orderId }) => orderId,
});

/** A refund failed, perhaps days after it was accepted. The buyer has not received its amount. */
export const PaymentRefundFailed = defineEvent({
  type: 'payment:refund-failed',
  source: 'payments',
  data: z.object({ ...payment, ...returned }),
  about: ({ orderId }) => orderId,
});
