import { accepted, created, handle, priceIn, required, trimmedText } from '@ticketing/common';
import { z } from 'zod';
import type { TicketsContext } from '../context.js';
import { list } from '../domain/ticket.js';
import { TicketView, viewTicket } from '../ticket-view.js';

// POST /api/tickets: offers a ticket for sale.
export function createTicket(ctx: TicketsContext) {
  const currency = ctx.config.CURRENCY;
  const Body = z.object({ title: trimmedText(200), price: priceIn(currency) });

  return handle(
    {
      name: 'createTicket',
      summary: 'Offers a ticket for sale.',
      user: required,
      body: Body,
      answers: { 201: TicketView },
    },
    async ({ body, user, cause }) => {
      const decision = await ctx.tickets.create(
        () =>
          list({
            id: ctx.newId(),
            userId: user.id,
            title: body.title,
            priceInMinorUnits: body.price,
            currency,
          }),
        cause,
      );

      return created(viewTicket(accepted(decision)));
    },
  );
}
