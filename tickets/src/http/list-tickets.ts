import { handle, linkToNext, ok, optional } from '@ticketing/common/http';
import { z } from 'zod';
import type { TicketsContext } from '../store.js';
import { planOf } from '../domain/search.js';
import { cursorFor, positionIn, searchOf, searchQuery } from '../search-query.js';
import { TicketView, viewTicket } from './ticket-view.js';

// GET /api/tickets: the tickets for sale, one page at a time. A seller also finds their own tickets that are not for sale.
export function listTickets(ctx: TicketsContext) {
  return handle(
    {
      name: 'listTickets',
      summary: 'Finds tickets for sale. A page may be short or empty before the last one: follow the Link.',
      user: optional,
      query: searchQuery(ctx.config),
      answers: { 200: z.array(TicketView) },
    },
    async ({ query, rawQuery, user }) => {
      const search = searchOf(query, ctx.config);
      const after = query.cursor === undefined ? undefined : positionIn(query.cursor, search);

      const { tickets, next } = await ctx.tickets.search({
        plan: planOf(search, user?.id),
        after,
        limit: query.limit,
      });

      const sellers = await ctx.sellers.findMany(tickets.map(({ userId }) => userId));

      const link =
        next === undefined
          ? {}
          : linkToNext('/api/tickets', { ...rawQuery, cursor: cursorFor(search, next) });
      return ok(
        tickets.map((ticket) => viewTicket(ticket, sellers.get(ticket.userId))),
        link,
      );
    },
  );
}
