import { accepted, handle, Id, ok, priceIn, required, trimmedText } from '@ticketing/common';
import { z } from 'zod';
import type { TicketsContext } from '../context.js';
import { edit } from '../domain/ticket.js';
import { TicketView, viewTicket } from '../ticket-view.js';

const Params = z.object({ ticketId: Id });

// PUT /api/tickets/:ticketId: the seller changes title and price of a ticket that nobody holds. That nobody holds it is
// checked by the write itself: `change` fails if an order came in between, and decides again.
export function updateTicket(ctx: TicketsContext) {
  const Body = z.object({
    title: trimmedText(200),
    price: priceIn(ctx.config.CURRENCY),
    version: z.int().min(0).optional(),
  });

  return handle(
    {
      name: 'updateTicket',
      summary: 'Changes title and price of a ticket that nobody holds.',
      user: required,
      params: Params,
      body: Body,
      answers: { 200: TicketView },
      refusals: ['not-your-ticket', 'ticket-reserved', 'ticket-sold', 'ticket-withdrawn', 'version-conflict'],
    },
    async ({ params, body, user, cause }) => {
      const { title, price, version } = body;

      const decision = await ctx.tickets.change(
        params.ticketId,
        (ticket) => edit(ticket, { userId: user.id, title, priceInMinorUnits: price, version }),
        cause,
      );

      return ok(viewTicket(accepted(decision)));
    },
  );
}
