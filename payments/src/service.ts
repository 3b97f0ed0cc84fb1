import { OrderCancelled, OrderCreated, SessionRevoked, UserDeleted } from '@ticketing/common/events';
import { endSessions, get, post } from '@ticketing/common/http';
import { defineService, every, on } from '@ticketing/common/service';
import { Config } from './config.js';
import { openContext } from './context.js';
import { openPayment } from './events/on-order-created.js';
import { payOrder } from './http/pay-order.js';
import { receiveWebhook } from './http/receive-webhook.js';
import { voidPayment } from './events/on-order-cancelled.js';
import { exportSnapshot } from './snapshot.js';
import { settlePayments } from './jobs/settle-payments.js';
import { showPayment } from './http/show-payment.js';

export const service = defineService({
  name: 'payments',
  config: Config,
  open: openContext,
  routes: (ctx) => [
    post('/api/payments/webhook', receiveWebhook(ctx)),
    post('/api/payments', payOrder(ctx)),
    get('/api/payments/:orderId', showPayment(ctx)),
  ],
  refusals: {
    'invalid-token': { status: 400, message: 'The card network does not know this token.' },
    'amount-refused': { status: 400, message: 'The card network refuses this amount.' },
    'invalid-signature': { status: 400, message: 'The signature does not fit.' },
    'not-your-order': { status: 403, message: 'This order is somebody else’s.' },
    'order-cancelled': { status: 409, message: 'The order is cancelled.' },
    'order-expired': { status: 409, message: 'The time to pay is over.' },
    'card-declined': { status: 402, message: 'The card was declined. Try again or use another one.' },
    'card-needs-authentication': {
      status: 402,
      message: 'This card needs its bank’s approval. Use another one.',
    },
  },
  subscriptions: (ctx) => [
    on(OrderCreated, openPayment(ctx)),
    on(OrderCancelled, voidPayment(ctx)),
    on(SessionRevoked, endSessions(ctx)),
    on(UserDeleted, endSessions(ctx)),
  ],
  jobs: (ctx) => [
    every(ctx.config.SETTLE_SWEEP_MS, 'settle-payments', settlePayments(ctx)),
    every(1_000, 'refresh-revoked-sessions', () => ctx.revokedSessions.refresh()),
  ],
  snapshot: exportSnapshot,
});
