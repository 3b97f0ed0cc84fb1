import { anyone, handle, ok } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import type { TicketsContext } from '../store.js';
import { ticketEtag, TicketView, viewTicket } from './ticket-view.js';

const Params = z.object({ ticketId: Id });

// GET /api/tickets/:ticketId
export function showTicket(ctx: TicketsContext) {
  return handle(
    {
      name: 'showTicket',
      summary: 'Shows one ticket.',
      user: anyone,
      params: Params,
      answers: { 200: TicketView },
      versioned: true,
    },
    async ({ params }) => {
      const ticket = await ctx.tickets.get(params.ticketId);
      const seller = await ctx.sellers.find(ticket.userId);

      return ok(viewTicket(ticket, seller), ticketEtag(ticket, seller));
    },
  );
}
