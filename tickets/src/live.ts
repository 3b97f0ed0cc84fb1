// The tickets that everyone can watch.

import { TicketCreated, TicketUpdated, TicketWithdrawn } from '@ticketing/common/events';
import type { Base } from '@ticketing/common/service';
import type { Seller } from './domain/seller.js';
import type { Ticket } from './domain/ticket.js';
import { viewTicket } from './http/ticket-view.js';

type Find<S> = Readonly<{ find: (id: string) => Promise<S | undefined> }>;

export function openLive({ live }: Pick<Base, 'live'>, tickets: Find<Ticket>, sellers: Find<Seller>) {
  return live.feed<Ticket & Readonly<{ seller: Seller | undefined }>>({
    events: [TicketCreated, TicketUpdated, TicketWithdrawn],
    async find(id) {
      const ticket = await tickets.find(id);
      return ticket && { ...ticket, seller: await sellers.find(ticket.userId) };
    },
    view: ({ seller, ...ticket }) => viewTicket(ticket, seller),
  });
}
