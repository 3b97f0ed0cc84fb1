import {
  defineService,
  endSessions,
  every,
  get,
  on,
  OrderCancelled,
  OrderCreated,
  post,
  SessionRevoked,
  UserDeleted,
} from '@ticketing/common';
import { Config } from './config.js';
import { openContext } from './context.js';
import { expectPayment } from './use-cases/expect-payment.js';
import { payOrder } from './use-cases/pay-order.js';
import { receiveWebhook } from './use-cases/receive-webhook.js';
import { releasePayment } from './use-cases/release-payment.js';
import { reportFacts } from './use-cases/report-facts.js';
import { settlePayments } from './use-cases/settle-payments.js';
import { showPayment } from './use-cases/show-payment.js';

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
    on(OrderCreated, expectPayment(ctx)),
    on(OrderCancelled, releasePayment(ctx)),
    on(SessionRevoked, endSessions(ctx)),
    on(UserDeleted, endSessions(ctx)),
  ],
  jobs: (ctx) => [
    every(ctx.config.SETTLE_SWEEP_MS, 'settle-payments', settlePayments(ctx)),
    every(1_000, 'refresh-revoked-sessions', () => ctx.revokedSessions.refresh()),
  ],
  facts: reportFacts,
});
