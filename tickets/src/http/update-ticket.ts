import { orThrow } from '@ticketing/common/decision';
import { requireSameVersion, etagOf, handle, ok, required } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import type { TicketsContext } from '../context.js';
import { edit } from '../domain/ticket.js';
import { offerIn } from '../offer.js';
import { TicketView, viewTicket } from './ticket-view.js';

const Params = z.object({ ticketId: Id });

// PUT /api/tickets/:ticketId: the seller replaces what is offered (an `event` that is left out is gone) while nobody holds the
// ticket. That nobody holds it is checked by the write itself: `change` fails if an order came in between, and decides again.
export function updateTicket(ctx: TicketsContext) {
  const Body = offerIn(ctx.config.CURRENCY).extend({ version: z.int().min(0).optional() });

  return handle(
    {
      name: 'updateTicket',
      summary:
        'Replaces title, price and event of a ticket that nobody holds; an event that is left out is removed.',
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
    async ({ params, body, user, cause, ifMatch }) => {
      const { title, price, event, version } = body;
      requireSameVersion(version, ifMatch);
      const wanted = { userId: user.id, title, priceInMinorUnits: price, event, version, ifMatch };

      const decision = await ctx.tickets.change(params.ticketId, (ticket) => edit(ticket, wanted), cause);

      const ticket = orThrow(decision);
      return ok(viewTicket(ticket), etagOf(ticket));
    },
  );
}
