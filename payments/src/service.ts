import { OrderCancelled, OrderCreated } from '@ticketing/common/events';
import { get, post } from '@ticketing/common/http';
import { defineService, every, mongodb, on } from '@ticketing/common/service';
import { Config } from './config.js';
import { voidPayment } from './events/on-order-cancelled.js';
import { openPayment } from './events/on-order-created.js';
import { payOrder } from './http/pay-order.js';
import { receiveWebhook } from './http/receive-webhook.js';
import { showPayment } from './http/show-payment.js';
import { settlePayments } from './jobs/settle-payments.js';
import { measurePayments } from './metrics.js';
import { exportSnapshot } from './snapshot.js';
import { openContext } from './store.js';

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
  ],
  refusals: {
    'invalid-token': { status: 400, message: 'The card network does not know this token.' },
    'amount-refused': { status: 400, message: 'The card network refuses this amount.' },
    'invalid-signature': { status: 400, message: 'The signature does not match the body.' },
    'not-your-order': { status: 403, message: 'This order belongs to another user.' },
    'order-cancelled': { status: 409, message: 'The order is cancelled.' },
    'order-expired': { status: 409, message: 'The time to pay is over.' },
    'card-declined': { status: 402, message: 'The card was declined. Try again or use another card.' },
    'card-needs-authentication': {
      status: 402,
      message: 'The bank must approve payments with this card. Use another card.',
    },
    'too-many-declines': { status: 429, message: 'Too many cards were declined. Try again later.' },
  },
  subscriptions: (ctx) => [on(OrderCreated, openPayment(ctx)), on(OrderCancelled, voidPayment(ctx))],
  jobs: (ctx) => [every(ctx.config.SETTLE_SWEEP_MS, 'settle-payments', settlePayments(ctx))],
  gauge: measurePayments,
  snapshot: exportSnapshot,
});
