import {
  ExpirationComplete,
  PaymentCreated,
  PaymentPartlyRefunded,
  PaymentRefunded,
  TicketCreated,
  TicketUpdated,
  TicketWithdrawn,
  UserDeleted,
} from '@ticketing/common/events';
import { del, get, post } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { Currency, DecimalPrice } from '@ticketing/common/money';
import { defineService, every, mongodb, on } from '@ticketing/common/service';
import { z } from 'zod';
import { Config } from './config.js';
import { expireOrder } from './events/on-expiration-complete.js';
import { completeOrder } from './events/on-payment-created.js';
import { freeRefundedPlaces } from './events/on-payment-partly-refunded.js';
import { refundOrder } from './events/on-payment-refunded.js';
import { replicateTicket } from './events/on-ticket-changed.js';
import { cancelOrdersOfUser } from './events/on-user-deleted.js';
import { cancelOrder } from './http/cancel-order.js';
import { listOrders } from './http/list-orders.js';
import { listSales } from './http/list-sales.js';
import { placeOrder } from './http/place-order.js';
import { releaseOrder } from './http/release-order.js';
import { showOrder } from './http/show-order.js';
import { watchOrder } from './http/watch-order.js';
import { watchOrders } from './http/watch-orders.js';
import { expireOverdueOrders } from './jobs/expire-overdue-orders.js';
import { probeBus } from './jobs/probe-bus.js';
import { measureOrders } from './metrics.js';
import { findOrders, release, stuckOrders } from './operator.js';
import { exportSnapshot } from './snapshot.js';
import { openContext } from './store.js';

/** The ticket that has too few free places, and how many are free. */
const shortage = z.object({ ticketId: Id, available: z.int().min(0) });

export const service = defineService({
  name: 'orders',
  config: Config,
  storage: mongodb,
  sessions: true,
  open: openContext,
  routes: (ctx) => [
    get('/api/orders', listOrders(ctx)),
    get('/api/orders/events', watchOrders(ctx)),
    get('/api/orders/sales', listSales(ctx)),
    get('/api/orders/:orderId', showOrder(ctx)),
    get('/api/orders/:orderId/events', watchOrder(ctx)),
    post('/api/orders', placeOrder(ctx)),
    del('/api/orders/:orderId', cancelOrder(ctx)),
    post('/api/orders/office/releases/:orderId', releaseOrder(ctx)),
  ],
  refusals: {
    'not-your-order': { status: 403, message: 'This order belongs to another user.' },
    'own-ticket': { status: 409, message: 'You cannot buy a ticket that you sell.' },
    'ticket-changed': {
      status: 409,
      message: 'The seller has changed this ticket since you loaded it. The current offer is in this error.',
      details: z.object({ ticketId: Id, version: z.int().min(0), price: DecimalPrice, currency: Currency }),
    },
    'ticket-cool-down': {
      status: 429,
      message:
        'You have given up this ticket several times. Wait for the seconds in Retry-After, or choose another one.',
    },
    'several-currencies': { status: 409, message: 'The tickets of one order must have one currency.' },
    'several-sellers': { status: 409, message: 'The tickets of one order must have one seller.' },
    'ticket-reserved': {
      status: 409,
      message: 'Other buyers have reserved this ticket, or too many of its places.',
      details: shortage,
    },
    'ticket-sold': {
      status: 409,
      message: 'This ticket is sold, or has fewer unsold places than you ask for.',
      details: shortage,
    },
    'ticket-version-unknown': {
      status: 503,
      message: 'The latest change of this ticket has not arrived here yet. Try again.',
    },
    'ticket-withdrawn': { status: 409, message: 'This ticket is no longer for sale.' },
    'too-many-holds': {
      status: 409,
      message:
        'You have reached the limit of unpaid and free places of this seller. Pay for some or cancel some first.',
    },
    'too-many-holds-at-network': {
      status: 429,
      message:
        'The buyers at your network have reached the limit of unpaid places. Pay for some, or try again later.',
    },
    'total-too-high': { status: 409, message: 'One payment cannot be so high. Order fewer places.' },
    'order-complete': { status: 409, message: 'A paid order cannot be cancelled.' },
  },
  subscriptions: (ctx) => [
    on(TicketCreated, replicateTicket(ctx)),
    on(TicketUpdated, replicateTicket(ctx)),
    on(TicketWithdrawn, replicateTicket(ctx, { withdrawn: true })),
    on(ExpirationComplete, expireOrder(ctx)),
    on(PaymentCreated, completeOrder(ctx)),
    on(PaymentPartlyRefunded, freeRefundedPlaces(ctx)),
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
  office: '/api/orders/office',
  find: findOrders,
  stuck: stuckOrders,
});
