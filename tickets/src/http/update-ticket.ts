import { already } from '@ticketing/common/decision';
import { InvalidInput } from '@ticketing/common/errors';
import { etagOf, handle, ok, problemWith, required, requireSameVersion } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { toMinorUnits } from '@ticketing/common/money';
import { z } from 'zod';
import type { TicketsContext } from '../store.js';
import { edit } from '../domain/ticket.js';
import { faultsOf, offerIn } from '../offer.js';
import { TicketView, viewTicket } from './ticket-view.js';

const Params = z.object({ ticketId: Id });

// PUT /api/tickets/:ticketId: the seller replaces title, price and event while no order holds the ticket; an omitted event
// is removed, an omitted currency stays, so the price is checked when the ticket is loaded. The write itself is the check: if an order arrives in between, `change` loads the ticket and decides again.
export function updateTicket(ctx: TicketsContext) {
  const Body = offerIn(ctx.config).extend({ version: z.int().min(0).optional() });

  return handle(
    {
      name: 'updateTicket',
      summary:
        'Replaces title, price and event of a ticket that no order holds. An omitted event is removed; an omitted currency stays.',
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

      // `change` may decide on a stale cached ticket first, so faults are an answer only after the last decision.
      let faults: ReturnType<typeof faultsOf> = [];
      const decision = await ctx.tickets.change(
        params.ticketId,
        (ticket) => {
          const currency = body.currency ?? ticket.currency;
          faults = faultsOf(body, { currency, now: ctx.now(), present: ticket });
          if (faults.length > 0) return already(ticket);
          const offer = { title, priceInMinorUnits: toMinorUnits(price, currency), currency, event };
          return edit(ticket, { userId: user.id, ...offer, version, ifMatch });
        },
        cause,
      );
      if (faults.length > 0) throw new InvalidInput(faults.map((fault) => problemWith(...fault)));

      const ticket = orThrow(decision);
      return ok(viewTicket(ticket), etagOf(ticket));
    },
  );
}
