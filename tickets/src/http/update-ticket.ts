import { etagOf, handle, ok, required, requireSameVersion } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import type { TicketsContext } from '../store.js';
import { edit } from '../domain/ticket.js';
import { offerIn } from '../offer.js';
import { TicketView, viewTicket } from './ticket-view.js';

const Params = z.object({ ticketId: Id });

// PUT /api/tickets/:ticketId: the seller replaces title, price and event while no order holds the ticket; an omitted event
// is removed. The write itself is the check: if an order arrives in between, `change` loads the ticket and decides again.
export function updateTicket(ctx: TicketsContext) {
  const Body = offerIn(ctx.config.CURRENCY).extend({ version: z.int().min(0).optional() });

  return handle(
    {
      name: 'updateTicket',
      summary:
        'Replaces title, price and event of a ticket that no order holds. An omitted event is removed.',
      user: required,
      params: Params,
      body: Body,
      answers: { 200: TicketView },
      refusals: [
        'not-your-ticket',
        'precondition-failed',
        'ticket-reserved',
        'ticket-sold',
        'ticket-withdrawn',
        'version-conflict',
      ],
      versioned: true,
    },
    async ({ params, body, user, cause, ifMatch, orThrow }) => {
      const { title, price, event, version } = body;
      requireSameVersion(version, ifMatch);
      const wanted = { userId: user.id, title, priceInMinorUnits: price, event, version, ifMatch };

      const decision = await ctx.tickets.change(params.ticketId, (ticket) => edit(ticket, wanted), cause);

      const ticket = orThrow(decision);
      return ok(viewTicket(ticket), etagOf(ticket));
    },
  );
}
