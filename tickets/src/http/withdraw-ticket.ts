import { handle, noContent, required } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import type { TicketsContext } from '../store.js';
import { withdraw } from '../domain/ticket.js';

const Params = z.object({ ticketId: Id });

// DELETE /api/tickets/:ticketId: the seller withdraws a ticket of one place that no order holds, or one of many places at any
// time. An order whose event has not arrived yet stays valid; a ticket of one place is then withdrawn when that hold ends.
export function withdrawTicket(ctx: TicketsContext) {
  return handle(
    {
      name: 'withdrawTicket',
      summary:
        'Withdraws a ticket permanently: one of one place while no order holds it, one of many places at any time. ' +
        'Repeating the request is harmless.',
      user: required,
      params: Params,
      answers: { 204: z.undefined() },
      refusals: ['not-your-ticket', 'precondition-failed', 'ticket-reserved', 'ticket-sold'],
      versioned: true,
    },
    async ({ params, user, cause, ifMatch, orThrow }) => {
      orThrow(
        await ctx.tickets.change(params.ticketId, (ticket) => withdraw(ticket, user.id, ifMatch), cause),
      );

      return noContent();
    },
  );
}
