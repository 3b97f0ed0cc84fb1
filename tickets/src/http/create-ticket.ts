import { created, handle, required } from '@ticketing/common/http';
import type { TicketsContext } from '../store.js';
import { list, withdrawBySystem } from '../domain/ticket.js';
import { newOfferIn } from '../offer.js';
import { ticketEtag, TicketView, viewTicket } from './ticket-view.js';

// POST /api/tickets: lists a ticket for sale.
export function createTicket(ctx: TicketsContext) {
  return handle(
    {
      name: 'createTicket',
      summary: 'Lists a ticket for sale.',
      user: required,
      body: newOfferIn(ctx.config, ctx.now),
      answers: { 201: TicketView },
      versioned: true,
      idempotent: true,
    },
    async ({ body, user, cause, orThrow }) => {
      const decision = await ctx.tickets.create(
        () =>
          list({
            id: cause.request?.effectId ?? ctx.newId(),
            userId: user.id,
            title: body.title,
            priceInMinorUnits: body.price,
            currency: body.currency ?? ctx.config.CURRENCY,
            event: body.event,
            quantity: body.quantity,
          }),
        cause,
      );

      const listed = orThrow(decision);
      const seller = await ctx.sellers.find(listed.userId);
      // The seller's account was deleted at the same moment: see on-user-deleted.ts.
      const ticket = seller?.deleted
        ? orThrow(await ctx.tickets.change(listed.id, withdrawBySystem, cause))
        : listed;
      return created(viewTicket(ticket, seller), ticketEtag(ticket, seller));
    },
  );
}
