import { anyone, handle, Id, ok } from '@ticketing/common';
import { z } from 'zod';
import type { TicketsContext } from '../context.js';
import { TicketView, viewTicket } from '../ticket-view.js';

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
    },
    async ({ params }) => ok(viewTicket(await ctx.tickets.get(params.ticketId))),
  );
}
