import {
  defineService,
  del,
  endSessions,
  every,
  get,
  on,
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  post,
  put,
  SessionRevoked,
  UserDeleted,
} from '@ticketing/common';
import { Config } from './config.js';
import { openContext } from './context.js';
import { createTicket } from './use-cases/create-ticket.js';
import { listTickets } from './use-cases/list-tickets.js';
import { mendSearchKeys } from './use-cases/mend-search-keys.js';
import { recordOrder } from './use-cases/record-order.js';
import { reportFacts } from './use-cases/report-facts.js';
import { showTicket } from './use-cases/show-ticket.js';
import { updateTicket } from './use-cases/update-ticket.js';
import { withdrawTicket } from './use-cases/withdraw-ticket.js';
import { withdrawTicketsOf } from './use-cases/withdraw-tickets-of.js';

const mendKeysEveryMs = 6 * 3_600_000;

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
    every(mendKeysEveryMs, 'mend-search-keys', mendSearchKeys(ctx)),
  ],
  facts: reportFacts,
});
