import { created, etagOf, handle, ok, required } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import { place } from '../domain/order.js';
import type { OrdersContext } from '../store.js';
import { OrderView, viewOrder } from './order-view.js';

const Body = z.strictObject({ ticketId: Id });

// POST /api/orders: reserves a ticket for its buyer until the window closes.
export function placeOrder(ctx: OrdersContext) {
  const { MAX_ACTIVE_ORDERS_PER_USER, RESERVATION_SECONDS } = ctx.config;

  return handle(
    {
      name: 'placeOrder',
      summary: 'Reserves a ticket for its buyer until the window closes.',
      user: required,
      body: Body,
      answers: { 201: OrderView, 200: OrderView },
      versioned: true,
      idempotent: true,
      refusals: ['not-found', 'ticket-reserved', 'ticket-sold', 'ticket-withdrawn', 'too-many-holds'],
    },
    async ({ body, user, cause, orThrow }) => {
      const ticket = await ctx.tickets.getOrWait(body.ticketId);
      const id = ctx.newId();

      // Most tickets are free and most buyers have a free slot, so the first try reads neither. If a unique index
      // refuses the insert, the retry reads the holder and the slots and decides again.
      const decision = await ctx.orders.create(async (isRetry) => {
        const holder = isRetry || ticket.withdrawn ? await ctx.orders.findHolderOf(ticket.id) : undefined;
        const taken = isRetry && !holder ? await ctx.orders.findSlotsOf(user.id) : [];
        const slots = { taken, most: MAX_ACTIVE_ORDERS_PER_USER };
        return place({ id, userId: user.id, ticket, holder, slots }, ctx.now(), RESERVATION_SECONDS);
      }, cause);

      const order = orThrow(decision);
      const answer = decision.outcome === 'already' ? ok : created;
      return answer(viewOrder(order), etagOf(order));
    },
  );
}
