import {
  ExpirationComplete,
  PaymentCreated,
  SessionRevoked,
  TicketCreated,
  TicketUpdated,
  TicketWithdrawn,
  UserDeleted,
} from '@ticketing/common/events';
import { del, endSessions, get, post } from '@ticketing/common/http';
import { defineService, every, on } from '@ticketing/common/service';
import { Config } from './config.js';
import { openContext } from './context.js';
import { cancelOrder } from './http/cancel-order.js';
import { cancelOrdersOf } from './events/on-user-deleted.js';
import { completeOrder } from './events/on-payment-created.js';
import { expireOrder } from './events/on-expiration-complete.js';
import { expireOverdueOrders } from './jobs/expire-overdue-orders.js';
import { listOrders } from './http/list-orders.js';
import { placeOrder } from './http/place-order.js';
import { exportSnapshot } from './snapshot.js';
import { showOrder } from './http/show-order.js';
import { replicateTicket } from './events/on-ticket-changed.js';

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
    on(TicketCreated, replicateTicket(ctx)),
    on(TicketUpdated, replicateTicket(ctx)),
    on(TicketWithdrawn, replicateTicket(ctx, { withdrawn: true })),
    on(ExpirationComplete, expireOrder(ctx)),
    on(PaymentCreated, completeOrder(ctx)),
    on(SessionRevoked, endSessions(ctx)),
    on(UserDeleted, endSessions(ctx, cancelOrdersOf(ctx))),
  ],
  jobs: (ctx) => [
    every(ctx.config.OVERDUE_SWEEP_MS, 'expire-overdue-orders', expireOverdueOrders(ctx)),
    every(1_000, 'refresh-revoked-sessions', () => ctx.revokedSessions.refresh()),
  ],
  snapshot: exportSnapshot,
});
