// The tickets that everyone can watch.

import { TicketCreated, TicketUpdated, TicketWithdrawn } from '@ticketing/common/events';
import type { Base } from '@ticketing/common/service';
import type { Ticket } from './domain/ticket.js';
import { viewTicket } from './http/ticket-view.js';

type Tickets = Readonly<{ find: (id: string) => Promise<Ticket | undefined> }>;

export function openLive({ live }: Pick<Base, 'live'>, { find }: Tickets) {
  return live.feed<Ticket>({
    events: [TicketCreated, TicketUpdated, TicketWithdrawn],
    find,
    view: viewTicket,
  });
}
