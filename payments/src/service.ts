import { OrderCancelled, OrderCreated } from '@ticketing/common/events';
import { get, post } from '@ticketing/common/http';
import { defineService, every, mongodb, on } from '@ticketing/common/service';
import { z } from 'zod';
import { Config } from './config.js';
import { voidPayment } from './events/on-order-cancelled.js';
import { openPayment } from './events/on-order-created.js';
import { payOrder } from './http/pay-order.js';
import { PlaceView } from './http/payment-view.js';
import { receiveWebhook } from './http/receive-webhook.js';
import { refundByOperator, refundPayment } from './http/refund-payment.js';
import { showPayment } from './http/show-payment.js';
import { followRefunds } from './jobs/follow-refunds.js';
import { settlePayments } from './jobs/settle-payments.js';
import { measurePayments } from './metrics.js';
import { findPayments, refund, stuckPayments } from './operator.js';
import { exportSnapshot } from './snapshot.js';
import { openContext } from './store.js';

const followEveryMs = 3_600_000;

const namedPlace = z.object(PlaceView.shape);

export const service = defineService({
  name: 'payments',
  config: Config,
  storage: mongodb,
  sessions: true,
  open: openContext,
  routes: (ctx) => [
    post('/api/payments/webhook', receiveWebhook(ctx)),
    post('/api/payments', payOrder(ctx)),
    get('/api/payments/:orderId', showPayment(ctx)),
    post('/api/payments/:orderId/refunds', refundPayment(ctx)),
    post('/api/payments/office/refunds/:orderId', refundByOperator(ctx)),
  ],
  refusals: {
    'invalid-token': { status: 400, message: 'The card network does not know this token.' },
    'amount-refused': { status: 400, message: 'The card network refuses this amount.' },
    'invalid-signature': { status: 400, message: 'The signature does not match the body.' },
    'not-your-order': { status: 403, message: 'This order belongs to another user.' },
    'order-cancelled': { status: 409, message: 'The order is cancelled.' },
    'not-your-sale': { status: 403, message: 'Only the seller of this ticket can refund it.' },
    'nothing-to-pay': { status: 409, message: 'The ticket is free, so there is nothing to pay.' },
    'order-not-paid': { status: 409, message: 'The order is not paid, so there is nothing to refund.' },
    'refund-too-large': { status: 409, message: 'The refund is more than what is left of the payment.' },
    'unknown-place': {
      status: 409,
      message: 'The order has no such place, or was placed before places were known. Refund an amount then.',
      details: namedPlace,
    },
    'place-refunded': {
      status: 409,
      message: 'Another refund returns the price of this place.',
      details: namedPlace,
    },
    'nothing-to-refund': {
      status: 409,
      message: 'These places are free, so there is nothing to refund.',
    },
    'too-many-refunds': {
      status: 409,
      message: 'The payment has too many refunds. Refund all that is left.',
    },
    'payment-disputed': { status: 409, message: 'The buyer has disputed the payment with their bank.' },
    'refund-failed': { status: 409, message: 'The card network refused the refund.' },
    'payment-attempts-exhausted': { status: 409, message: 'There were too many attempts to pay this order.' },
    'too-many-declines': { status: 429, message: 'Too many cards were declined. Try again later.' },
    'payment-cancelled': { status: 402, message: 'The card network cancelled the payment. Try again.' },
    'authentication-failed': {
      status: 402,
      message: 'The bank did not approve the payment. Try again or use another card.',
    },
    'order-expired': { status: 409, message: 'The time to pay is over.' },
    'card-declined': { status: 402, message: 'The card was declined. Try again or use another card.' },
    'card-needs-authentication': {
      status: 402,
      message: 'The bank must approve payments with this card. Use another card.',
    },
  },
  subscriptions: (ctx) => [on(OrderCreated, openPayment(ctx)), on(OrderCancelled, voidPayment(ctx))],
  jobs: (ctx) => [
    every(ctx.config.SETTLE_SWEEP_MS, 'settle-payments', settlePayments(ctx)),
    every(followEveryMs, 'follow-refunds', followRefunds(ctx)),
  ],
  gauge: measurePayments,
  snapshot: exportSnapshot,
  commands: [refund],
  office: '/api/payments/office',
  find: findPayments,
  stuck: stuckPayments,
});
