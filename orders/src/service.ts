import {
  ExpirationComplete,
  PaymentCreated,
  PaymentRefunded,
  TicketCreated,
  TicketUpdated,
  TicketWithdrawn,
  UserDeleted,
} from '@ticketing/common/events';
import { del, get, post } from '@ticketing/common/http';
import { Currency, DecimalPrice } from '@ticketing/common/money';
import { defineService, every, mongodb, on } from '@ticketing/common/service';
import { z } from 'zod';
import { Config } from './config.js';
import { expireOrder } from './events/on-expiration-complete.js';
import { completeOrder } from './events/on-payment-created.js';
import { refundOrder } from './events/on-payment-refunded.js';
import { replicateTicket } from './events/on-ticket-changed.js';
import { cancelOrdersOfUser } from './events/on-user-deleted.js';
import { cancelOrder } from './http/cancel-order.js';
import { listOrders } from './http/list-orders.js';
import { placeOrder } from './http/place-order.js';
import { showOrder } from './http/show-order.js';
import { expireOverdueOrders } from './jobs/expire-overdue-orders.js';
import { probeBus } from './jobs/probe-bus.js';
import { measureOrders } from './metrics.js';
import { findOrders, release, stuckOrders } from './operator.js';
import { exportSnapshot } from './snapshot.js';
import { openContext } from './store.js';

export const service = defineService({
  name: 'orders',
  config: Config,
  storage: mongodb,
  sessions: true,
  open: openContext,
  routes: (ctx) => [
    get('/api/orders', listOrders(ctx)),
    get('/api/orders/:orderId', showOrder(ctx)),
    post('/api/orders', placeOrder(ctx)),
    del('/api/orders/:orderId', cancelOrder(ctx)),
  ],
  refusals: {
    'not-your-order': { status: 403, message: 'This order belongs to another user.' },
    'own-ticket': { status: 409, message: 'You cannot buy a ticket that you sell.' },
    'ticket-changed': {
      status: 409,
      message: 'The seller has changed this ticket since you loaded it. The present offer is in this error.',
      details: z.object({ version: z.int().min(0), price: DecimalPrice, currency: Currency }),
    },
    'ticket-cool-down': {
      status: 429,
      message:
        'You have given up this ticket several times. Wait for the seconds in Retry-After, or choose another one.',
    },
    'ticket-reserved': { status: 409, message: 'Another buyer has reserved this ticket.' },
    'ticket-sold': { status: 409, message: 'This ticket is sold.' },
    'ticket-version-unknown': {
      status: 503,
      message: 'The latest change of this ticket has not arrived here yet. Try again.',
    },
    'ticket-withdrawn': { status: 409, message: 'This ticket is no longer for sale.' },
    'too-many-holds': {
      status: 409,
      message: 'You have reached the limit of unpaid and free orders. Pay for one or cancel one first.',
    },
    'too-many-holds-at-network': {
      status: 429,
      message:
        'The buyers at your network have reached the limit of unpaid orders. Pay for one, or try again later.',
    },
    'order-complete': { status: 409, message: 'A paid order cannot be cancelled.' },
  },
  subscriptions: (ctx) => [
    on(TicketCreated, replicateTicket(ctx)),
    on(TicketUpdated, replicateTicket(ctx)),
    on(TicketWithdrawn, replicateTicket(ctx, { withdrawn: true })),
    on(ExpirationComplete, expireOrder(ctx)),
    on(PaymentCreated, completeOrder(ctx)),
    on(PaymentRefunded, refundOrder(ctx)),
    on(UserDeleted, cancelOrdersOfUser(ctx)),
  ],
  jobs: (ctx) => [
    every(2_000, 'probe-bus', probeBus(ctx)),
    every(ctx.config.OVERDUE_SWEEP_MS, 'expire-overdue-orders', expireOverdueOrders(ctx)),
  ],
  gauge: measureOrders,
  snapshot: exportSnapshot,
  commands: [release],
  find: findOrders,
  stuck: stuckOrders,
});
