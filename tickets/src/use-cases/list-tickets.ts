import { anyone, handle, nextPage, ok, pageQuery } from '@ticketing/common';
import { z } from 'zod';
import type { TicketsContext } from '../context.js';
import { TicketView, viewTicket } from '../ticket-view.js';

const Query = z.strictObject(pageQuery);

// GET /api/tickets: what can be bought now, newest first, a page at a time.
export function listTickets(ctx: TicketsContext) {
  return handle(
    {
      name: 'listTickets',
      summary: 'Lists what can be bought now, newest first, a page at a time.',
      user: anyone,
      query: Query,
      answers: { 200: z.array(TicketView) },
    },
    async ({ query }) => {
      const tickets = await ctx.tickets.findAvailable({ limit: query.limit, before: query.cursor });

      return ok(tickets.map(viewTicket), nextPage('/api/tickets', {}, tickets, query.limit));
    },
  );
}
