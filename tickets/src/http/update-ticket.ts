import { already } from '@ticketing/common/decision';
import { InvalidInput } from '@ticketing/common/errors';
import { handle, ok, problemWith, required, requireSameVersion } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { toMinorUnits } from '@ticketing/common/money';
import { z } from 'zod';
import type { TicketsContext } from '../store.js';
import { edit } from '../domain/ticket.js';
import { faultsOf, offerIn } from '../offer.js';
import { ticketEtag, TicketView, viewTicket } from './ticket-view.js';

const Params = z.object({ ticketId: Id });

// PUT /api/tickets/:ticketId: the seller replaces title, price, event and quantity while a place is free, or only raises the
// quantity. An omitted event is removed; an omitted currency or quantity stays, so the price is checked when the ticket is
// loaded. The write itself is the check: if an order arrives in between, `change` loads the ticket and decides again.
export function updateTicket(ctx: TicketsContext) {
  const Body = offerIn(ctx.config).extend({ version: z.int().min(0).optional() });

  return handle(
    {
      name: 'updateTicket',
      summary:
        'Replaces title, price, event and quantity of a ticket while a place is free. An omitted event is removed; an omitted ' +
        'currency or quantity stays. The quantity alone may always be raised.',
      user: required,
      params: Params,
      body: Body,
      answers: { 200: TicketView },
      refusals: [
        'not-your-ticket',
        'precondition-failed',
        'quantity-too-low',
        'ticket-reserved',
        'ticket-sold',
        'ticket-withdrawn',
        'version-conflict',
      ],
      versioned: true,
    },
    async ({ params, body, user, cause, ifMatch, orThrow }) => {
      const { title, price, event, quantity, version } = body;
      requireSameVersion(version, ifMatch);

      // `change` may decide on a stale cached ticket first, so faults are an answer only after the last decision.
      let faults: ReturnType<typeof faultsOf> = [];
      const { change, changeCounted } = ctx.tickets;
      const decision = await (quantity === undefined ? change : changeCounted)(
        params.ticketId,
        (ticket) => {
          const currency = body.currency ?? ticket.currency;
          faults = faultsOf(body, { currency, now: ctx.now(), present: ticket });
          if (faults.length > 0) return already(ticket);
          const offer = {
            title,
            priceInMinorUnits: toMinorUnits(price, currency),
            currency,
            event,
            quantity,
          };
          return edit(ticket, { userId: user.id, ...offer, version, ifMatch });
        },
        cause,
      );
      if (faults.length > 0) throw new InvalidInput(faults.map((fault) => problemWith(...fault)));

      const edited = orThrow(decision);
      // The holder of the only place is known once it is counted.
      const isUncounted = edited.status !== 'available' && edited.held === undefined;
      const ticket = isUncounted ? orThrow(await ctx.tickets.recount(edited.id, cause)) : edited;
      const seller = await ctx.sellers.find(ticket.userId);
      return ok(viewTicket(ticket, seller), ticketEtag(ticket, seller));
    },
  );
}
