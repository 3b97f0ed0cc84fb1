import { created, etagOf, handle, ok, required, requireSameVersion } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import { place } from '../domain/order.js';
import type { OrdersContext } from '../store.js';
import { OrderView, viewOrder } from './order-view.js';

const Body = z.strictObject({
  ticketId: Id,
  version: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'The version of the ticket that the buyer has seen; another offer is refused.' }),
});

// POST /api/orders: reserves a ticket for its buyer until the window closes. A free ticket is bought at once.
export function placeOrder(ctx: OrdersContext) {
  const { MAX_ACTIVE_ORDERS_PER_USER: most, RESERVATION_SECONDS, ALLOW_OWN_PURCHASE } = ctx.config;
  const rules = { reservationSeconds: RESERVATION_SECONDS, allowOwnPurchase: ALLOW_OWN_PURCHASE };

  return handle(
    {
      name: 'placeOrder',
      summary: 'Reserves a ticket for its buyer until the window closes. A free ticket is bought at once.',
      user: required,
      body: Body,
      headers: ['If-Match'],
      answers: { 201: OrderView, 200: OrderView },
      versioned: true,
      idempotent: true,
      refusals: [
        'not-found',
        'own-ticket',
        'ticket-changed',
        'ticket-reserved',
        'ticket-sold',
        'ticket-version-unknown',
        'ticket-withdrawn',
        'too-many-holds',
      ],
    },
    async ({ body, user, ifMatch, cause, orThrow }) => {
      requireSameVersion(body.version, ifMatch);
      const accepted = body.version === undefined ? ifMatch : [body.version];
      const ticket = await ctx.tickets.getOrWait(body.ticketId, accepted?.[0]);
      const asked = { id: ctx.newId(), userId: user.id, ticket, accepted };

      // Most tickets are free and most buyers have a free slot, so the first try reads neither. If it is refused, or a
      // unique index refuses the insert, the holder and the slots are read and decide.
      const decision = await ctx.orders.create(async (isRetry) => {
        const none = { holder: undefined, slots: { taken: [], most } };
        const first = isRetry ? undefined : place({ ...asked, ...none }, ctx.now(), rules);
        if (first?.outcome === 'accepted') return first;
        const holder = await ctx.orders.findHolderOf(ticket.id);
        const taken = holder ? [] : await ctx.orders.findSlotsOf(user.id);
        return place({ ...asked, holder, slots: { taken, most } }, ctx.now(), rules);
      }, cause);

      const order = orThrow(decision);
      const answer = decision.outcome === 'already' ? ok : created;
      return answer(viewOrder(order), etagOf(order));
    },
  );
}
