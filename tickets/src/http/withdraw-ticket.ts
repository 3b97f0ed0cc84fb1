import { orThrow } from '@ticketing/common/decision';
import { handle, noContent, required } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import type { TicketsContext } from '../context.js';
import { withdraw } from '../domain/ticket.js';

const Params = z.object({ ticketId: Id });

// DELETE /api/tickets/:ticketId: the seller takes back a ticket that nobody holds. Orders may have accepted an order that
// has not been heard of here: it stands, and the ticket is withdrawn when that hold ends.
export function withdrawTicket(ctx: TicketsContext) {
  return handle(
    {
      name: 'withdrawTicket',
      summary: 'Takes a ticket off sale for ever, while nobody holds it; repeating it is harmless.',
      user: required,
      params: Params,
      answers: { 204: z.undefined() },
      refusals: ['not-your-ticket', 'precondition-failed', 'ticket-reserved', 'ticket-sold'],
      versioned: true,
    },
    async ({ params, user, cause, ifMatch }) => {
      orThrow(
        await ctx.tickets.change(params.ticketId, (ticket) => withdraw(ticket, user.id, ifMatch), cause),
      );

      return noContent();
    },
  );
}
