import type { Decision } from '@ticketing/common/decision';
import { created, etagOf, handle, ok, required, requireSameVersion } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import { place, type Order, type Placement } from '../domain/order.js';
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
  const { RESERVATION_SECONDS, ALLOW_OWN_PURCHASE } = ctx.config;
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
        'ticket-cool-down',
        'ticket-reserved',
        'ticket-sold',
        'ticket-version-unknown',
        'ticket-withdrawn',
        'too-many-holds',
        'too-many-holds-at-network',
      ],
    },
    async ({ body, user, address, ifMatch, cause, orThrow }) => {
      requireSameVersion(body.version, ifMatch);
      const accepted = body.version === undefined ? ifMatch : [body.version];
      const ticket = await ctx.tickets.getOrWait(body.ticketId, accepted?.[0]);
      const asked = { id: ctx.newId(), userId: user.id, ticket, accepted };

      const decision = await ctx.networkHolds.counted(address, (network) =>
        ctx.orders.create(
          decideWithFewReads(ctx, { ticketId: ticket.id, userId: user.id }, (known) =>
            place({ ...asked, ...known, network }, ctx.now(), rules),
          ),
          cause,
        ),
      );

      const order = orThrow(decision);
      const answer = decision.outcome === 'already' ? ok : created;
      return answer(viewOrder(order), etagOf(order));
    },
  );
}

type Known = Pick<Placement, 'holder' | 'slots' | 'earlier'>;
type Asked = Readonly<{ ticketId: string; userId: string }>;

/**
 * Most tickets are free, and most buyers have a free slot and never ordered the ticket before. Therefore the first try reads
 * nothing. If it is refused, or a unique index refuses the insert, the holder and the slots are read and decide. If an index
 * refuses again, the earlier orders are read, too.
 */
function decideWithFewReads<D extends Decision<Order, string>>(
  { orders, config }: OrdersContext,
  { ticketId, userId }: Asked,
  decide: (known: Known) => D,
) {
  const most = config.MAX_ACTIVE_ORDERS_PER_USER;
  let hasReadSlots = false;
  return async (isRetry: boolean): Promise<D> => {
    const first = isRetry
      ? undefined
      : decide({ holder: undefined, slots: { taken: [], most }, earlier: [] });
    if (first?.outcome === 'accepted') return first;
    const holder = await orders.findHolderOf(ticketId);
    if (holder) return decide({ holder, slots: { taken: [], most }, earlier: [] });
    // Read after the holder, so that an order that has just ended is among them.
    const [taken, earlier] = await Promise.all([
      orders.findSlotsOf(userId),
      hasReadSlots ? orders.findEarlier(userId, ticketId) : [],
    ]);
    hasReadSlots = true;
    return decide({ holder, slots: { taken, most }, earlier });
  };
}
