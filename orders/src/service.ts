import {
  defineService,
  del,
  endSessions,
  every,
  ExpirationComplete,
  get,
  on,
  PaymentCreated,
  post,
  SessionRevoked,
  TicketCreated,
  TicketUpdated,
  TicketWithdrawn,
  UserDeleted,
} from '@ticketing/common';
import { Config } from './config.js';
import { openContext } from './context.js';
import { cancelOrder } from './use-cases/cancel-order.js';
import { cancelOrdersOf } from './use-cases/cancel-orders-of.js';
import { completeOrder } from './use-cases/complete-order.js';
import { expireOrder } from './use-cases/expire-order.js';
import { expireOverdueOrders } from './use-cases/expire-overdue-orders.js';
import { listOrders } from './use-cases/list-orders.js';
import { placeOrder } from './use-cases/place-order.js';
import { reportFacts } from './use-cases/report-facts.js';
import { showOrder } from './use-cases/show-order.js';
import { trackTicket } from './use-cases/track-ticket.js';

export const service = defineService({
  name: 'orders',
  config: Config,
  open: openContext,
  routes: (ctx) => [
    get('/api/orders', listOrders(ctx)),
    get('/api/orders/:orderId', showOrder(ctx)),
    post('/api/orders', placeOrder(ctx)),
    del('/api/orders/:orderId', cancelOrder(ctx)),
  ],
  refusals: {
    'not-your-order': { status: 403, message: 'This order is somebody else’s.' },
    'ticket-reserved': { status: 409, message: 'Somebody has reserved this ticket.' },
    'ticket-sold': { status: 409, message: 'This ticket is sold.' },
    'ticket-withdrawn': { status: 409, message: 'This ticket is not for sale any more.' },
    'too-many-holds': {
      status: 409,
      message: 'You hold as many tickets as you may at one time. Pay for one first, or cancel one.',
    },
    'order-complete': { status: 409, message: 'A paid order cannot be cancelled.' },
  },
  subscriptions: (ctx) => [
    on(TicketCreated, trackTicket(ctx)),
    on(TicketUpdated, trackTicket(ctx)),
    on(TicketWithdrawn, trackTicket(ctx, { withdrawn: true })),
    on(ExpirationComplete, expireOrder(ctx)),
    on(PaymentCreated, completeOrder(ctx)),
    on(SessionRevoked, endSessions(ctx)),
    on(UserDeleted, endSessions(ctx, cancelOrdersOf(ctx))),
  ],
  jobs: (ctx) => [
    every(ctx.config.OVERDUE_SWEEP_MS, 'expire-overdue-orders', expireOverdueOrders(ctx)),
    every(1_000, 'refresh-revoked-sessions', () => ctx.revokedSessions.refresh()),
  ],
  facts: reportFacts,
});
