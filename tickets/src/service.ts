import {
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  OrderPlacesFreed,
  OrderRefunded,
  UserCreated,
  UserDeleted,
  UserUpdated,
} from '@ticketing/common/events';
import { del, get, post, put } from '@ticketing/common/http';
import { defineService, every, mongodb, on } from '@ticketing/common/service';
import { z } from 'zod';
import { Config } from './config.js';
import { recordOrder } from './events/on-order-changed.js';
import { recordSeller } from './events/on-user-changed.js';
import { removeSeller } from './events/on-user-deleted.js';
import { createTicket } from './http/create-ticket.js';
import { listTickets } from './http/list-tickets.js';
import { showTicket } from './http/show-ticket.js';
import { updateTicket } from './http/update-ticket.js';
import { watchTickets } from './http/watch-tickets.js';
import { withdrawTicket } from './http/withdraw-ticket.js';
import { countUncounted } from './jobs/count-uncounted.js';
import { repairSearchKeys } from './jobs/repair-search-keys.js';
import { withdrawPast } from './jobs/withdraw-past.js';
import { exportSnapshot } from './snapshot.js';
import { findTickets } from './operator.js';
import { openContext } from './store.js';

const repairEveryMs = 5_000;
const countEveryMs = 10 * 60_000;
const withdrawEveryMs = 60_000;

export const service = defineService({
  name: 'tickets',
  config: Config,
  storage: mongodb,
  sessions: true,
  open: openContext,
  routes: (ctx) => [
    get('/api/tickets', listTickets(ctx)),
    get('/api/tickets/events', watchTickets(ctx)),
    get('/api/tickets/:ticketId', showTicket(ctx)),
    post('/api/tickets', createTicket(ctx)),
    put('/api/tickets/:ticketId', updateTicket(ctx)),
    del('/api/tickets/:ticketId', withdrawTicket(ctx)),
  ],
  refusals: {
    'not-your-ticket': { status: 403, message: 'Only the seller may change this ticket.' },
    'quantity-too-low': {
      status: 409,
      message: 'Buyers have reserved or bought more places. The lowest quantity is in this error.',
      details: z.object({ least: z.int().min(1) }),
    },
    'ticket-reserved': { status: 409, message: 'A buyer has reserved this ticket.' },
    'ticket-sold': { status: 409, message: 'This ticket is sold.' },
    'ticket-withdrawn': { status: 409, message: 'This ticket is no longer for sale.' },
    'version-conflict': { status: 409, message: 'This ticket has changed since you loaded it.' },
  },
  subscriptions: (ctx) => [
    on(OrderCreated, recordOrder(ctx)),
    on(OrderCancelled, recordOrder(ctx)),
    on(OrderCompleted, recordOrder(ctx)),
    on(OrderRefunded, recordOrder(ctx)),
    on(OrderPlacesFreed, recordOrder(ctx)),
    on(UserCreated, recordSeller(ctx)),
    on(UserUpdated, recordSeller(ctx)),
    on(UserDeleted, removeSeller(ctx)),
  ],
  jobs: (ctx) => [
    every(repairEveryMs, 'mend-search-keys', repairSearchKeys(ctx)),
    every(countEveryMs, 'count-uncounted', countUncounted(ctx)),
    every(withdrawEveryMs, 'withdraw-past', withdrawPast(ctx)),
  ],
  snapshot: exportSnapshot,
  office: '/api/tickets/office',
  find: findTickets,
});
