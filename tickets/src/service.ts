import {
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  SessionRevoked,
  UserDeleted,
} from '@ticketing/common/events';
import { del, endSessions, get, post, put } from '@ticketing/common/http';
import { defineService, every, on } from '@ticketing/common/service';
import { Config } from './config.js';
import { openContext } from './context.js';
import { createTicket } from './http/create-ticket.js';
import { listTickets } from './http/list-tickets.js';
import { repairSearchKeys } from './jobs/repair-search-keys.js';
import { recordOrder } from './events/on-order-changed.js';
import { exportSnapshot } from './snapshot.js';
import { showTicket } from './http/show-ticket.js';
import { updateTicket } from './http/update-ticket.js';
import { withdrawTicket } from './http/withdraw-ticket.js';
import { withdrawTicketsOf } from './events/on-user-deleted.js';

const repairKeysEveryMs = 6 * 3_600_000;

export const service = defineService({
  name: 'tickets',
  config: Config,
  open: openContext,
  routes: (ctx) => [
    get('/api/tickets', listTickets(ctx)),
    get('/api/tickets/:ticketId', showTicket(ctx)),
    post('/api/tickets', createTicket(ctx)),
    put('/api/tickets/:ticketId', updateTicket(ctx)),
    del('/api/tickets/:ticketId', withdrawTicket(ctx)),
  ],
  refusals: {
    'not-your-ticket': { status: 403, message: 'Only its seller may change a ticket.' },
    'ticket-reserved': { status: 409, message: 'Somebody has reserved this ticket.' },
    'ticket-sold': { status: 409, message: 'This ticket is sold.' },
    'ticket-withdrawn': { status: 409, message: 'This ticket is not for sale any more.' },
    'version-conflict': { status: 409, message: 'The ticket has changed since you saw it.' },
  },
  subscriptions: (ctx) => [
    on(OrderCreated, recordOrder(ctx)),
    on(OrderCancelled, recordOrder(ctx)),
    on(OrderCompleted, recordOrder(ctx)),
    on(SessionRevoked, endSessions(ctx)),
    on(UserDeleted, endSessions(ctx, withdrawTicketsOf(ctx))),
  ],
  jobs: (ctx) => [
    every(1_000, 'refresh-revoked-sessions', () => ctx.revokedSessions.refresh()),
    every(repairKeysEveryMs, 'mend-search-keys', repairSearchKeys(ctx)),
  ],
  snapshot: exportSnapshot,
});
