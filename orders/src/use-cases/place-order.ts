import { accepted, created, handle, Id, ok, required } from '@ticketing/common';
import { z } from 'zod';
import type { OrdersContext } from '../context.js';
import { place } from '../domain/order.js';
import { OrderView, viewOrder } from '../order-view.js';

const Body = z.object({ ticketId: Id });

// POST /api/orders: reserves a ticket for its buyer until the window closes.
export function placeOrder(ctx: OrdersContext) {
  return handle(
    {
      name: 'placeOrder',
      summary: 'Reserves a ticket for its buyer until the window closes.',
      user: required,
      body: Body,
      answers: { 201: OrderView, 200: OrderView },
      refusals: ['not-found', 'ticket-reserved', 'ticket-sold', 'ticket-withdrawn'],
    },
    async ({ body, user, cause }) => {
      const ticket = await ctx.tickets.getSoon(body.ticketId);
      const id = ctx.newId();

      // Most tickets are free. If this one is not, or another buyer is at it in this instant, the unique index on a held
      // ticket refuses the insert: then we read the holder and decide again.
      const decision = await ctx.orders.create(async (again) => {
        const holder = again || ticket.withdrawn ? await ctx.orders.findHolderOf(ticket.id) : undefined;
        return place({ id, userId: user.id, ticket, holder }, ctx.now(), ctx.config.RESERVATION_SECONDS);
      }, cause);

      const order = viewOrder(accepted(decision));
      return decision.outcome === 'already' ? ok(order) : created(order);
    },
  );
}
