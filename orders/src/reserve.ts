// Places an order with as few reads as possible.
//
// Most places are free, and most buyers have free slots and never ordered the ticket before. Therefore the first try reads
// nothing. If the rules refuse it, or a unique index refuses the insert, the holders and the slots are read and decide. If an
// index refuses again, the earlier orders are read, too.

import type { Decision } from '@ticketing/common/decision';
import type { Cause } from '@ticketing/common/observability';
import type { EarlierOrder } from './domain/cool-down.js';
import { placesOf } from './domain/items.js';
import type { Order } from './domain/order.js';
import { place, type Placement } from './domain/placement.js';
import { quantityOf } from './domain/ticket.js';
import { openSearch, type Cart, type Search } from './place-search.js';
import type { OrdersContext } from './store.js';

type OrderRequest = Readonly<{ id: string; userId: string; address: string; cart: Cart }>;

/** Decides on the cart of a buyer, and reserves its places or buys them if they are free of charge. */
export function reserve(ctx: OrdersContext, { id, userId, address, cart }: OrderRequest, cause: Cause) {
  const { RESERVATION_SECONDS, ALLOW_OWN_PURCHASE } = ctx.config;
  const rules = { reservationSeconds: RESERVATION_SECONDS, allowOwnPurchase: ALLOW_OWN_PURCHASE };
  const quantity = cart.reduce((sum, item) => sum + item.quantity, 0);

  return ctx.networkHolds.counted(address, quantity, async (network) => {
    const search = openSearch(ctx, cart);
    const decide = decideWithFewReads(ctx, { userId, cart, search }, (known) =>
      place({ id, userId, network, ...known }, ctx.now(), rules),
    );
    try {
      const decision = await ctx.orders.create(decide, cause);
      if (decision.outcome === 'accepted') ctx.places.placed(placesOf(decision.state));
      return decision;
    } finally {
      search.giveUp();
    }
  });
}

type Known = Pick<Placement, 'wanted' | 'own' | 'slots' | 'earlier'>;

function decideWithFewReads<D extends Decision<Order, string>>(
  { orders, config }: OrdersContext,
  { userId, cart, search }: Readonly<{ userId: string; cart: Cart; search: Search }>,
  decide: (known: Known) => D,
) {
  const { sellerId } = cart[0].ticket;
  const ticketIds = cart.map(({ ticket }) => ticket.id);
  // A buyer may have several orders for a ticket of many places, so the numbers of the earlier ones must be read.
  const hasManyPlaces = cart.some(({ ticket }) => quantityOf(ticket) > 1);
  let [taken, earlier]: [number[], EarlierOrder[]] = [[], []];
  let hasReadSlots = false;
  const decideOn = (wanted: Known['wanted'], holders: readonly Order[]) =>
    decide({
      wanted,
      own: [...holders.filter((order) => order.userId === userId), ...earlier.map(({ order }) => order)],
      slots: { taken, most: config.MAX_ACTIVE_ORDERS_PER_USER },
      earlier,
    });

  return async (isRetry: boolean): Promise<D> => {
    const wanted = isRetry ? undefined : search.choose();
    const tried = wanted && decideOn(wanted, []);
    if (tried?.outcome === 'accepted') return tried;

    const hasCollided = isRetry && (await search.hasCollided());
    const { wanted: found, holders, buyers } = await search.read();
    const isShort = found.some(({ shortage }) => shortage);
    if (isShort && buyers.has(userId)) earlier = await orders.findEarlier(sellerId, userId, ticketIds);
    if (isShort || hasCollided) return decideOn(found, holders);
    // Read after the holders, so that an order that has just ended is among them.
    [taken, earlier] = await Promise.all([
      orders.findSlotsOf(sellerId, userId),
      hasReadSlots || hasManyPlaces ? orders.findEarlier(sellerId, userId, ticketIds) : earlier,
    ]);
    hasReadSlots = true;
    return decideOn(found, holders);
  };
}
