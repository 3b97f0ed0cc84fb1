// Placing an order: who may reserve which places.

import { accept, already, refuse, type Decision } from '@ticketing/common/decision';
import { amountFault, toDecimal } from '@ticketing/common/money';
import { coolDownSeconds, earlierFor, nextRepeat, repeatOf, type EarlierOrder } from './cool-down.js';
import {
  areSinglePlaces,
  hasSameQuantities,
  isSingleFirstPlace,
  priceOf,
  type Item,
  type Wanted,
} from './items.js';
import { isDue, type Order } from './order.js';
import { orderEvent } from './order-events.js';
import { compareOffer, type Ticket } from './ticket.js';

/** Some places of one ticket, as far as they are known to be free. */
export type WantedPlaces = Wanted &
  Readonly<{
    /** The versions of the ticket that the buyer accepts; undefined accepts every version. */
    accepted?: readonly number[] | undefined;
    /** The places to claim. */
    places: readonly number[];
    /** Set if the ticket has fewer free places than wanted. */
    shortage?: Shortage | undefined;
  }>;

/** `isSold`: the paid places leave too few, whatever becomes of the unpaid ones. */
export type Shortage = Readonly<{ available: number; isSold: boolean }>;

export type Placement = Readonly<{
  id: string;
  userId: string;
  /** One entry for each ticket, in the buyer's sequence. */
  wanted: readonly [WantedPlaces, ...WantedPlaces[]];
  /** Orders of the buyer for these tickets, as far as they are known. */
  own: readonly Order[];
  /** The buyer's slots at the seller: those known to be taken, and the number of slots. */
  slots: Slots;
  /** The buyer's earlier orders for these tickets, as far as they are known. */
  earlier: readonly EarlierOrder[];
  /** The buyer's network; undefined without a limit. */
  network: BuyerNetwork | undefined;
}>;

type Slots = Readonly<{ taken: readonly number[]; most: number }>;

/** `key` identifies the network; `isFull` if its unpaid places have reached the limit. */
export type BuyerNetwork = Readonly<{ key: string; isFull: boolean }>;

/** A network frees a place whenever one of its orders is paid or ends. */
const fullNetworkRetrySeconds = 30;

type Rules = Readonly<{ reservationSeconds: number; allowOwnPurchase: boolean }>;

type NotForSale =
  | 'own-ticket'
  | 'several-currencies'
  | 'several-sellers'
  | 'ticket-changed'
  | 'ticket-reserved'
  | 'ticket-sold'
  | 'ticket-version-unknown'
  | 'ticket-withdrawn'
  | 'total-too-high';

type NotPlaced = NotForSale | 'ticket-cool-down' | 'too-many-holds' | 'too-many-holds-at-network';

/**
 * Reserves free places; those without a price are bought at once. A buyer who asks for what one of their open orders holds
 * gets that order again, whatever has happened to the tickets since.
 */
export function place(placement: Placement, now: Date, rules: Rules): Decision<Order, NotPlaced> {
  const { id, userId, wanted, own, slots, earlier, network } = placement;
  const same = own.find((order) => isSameOrder(order, placement, now));
  if (same) return already(same);
  const notForSale = findFault(placement, rules);
  if (notForSale) return notForSale;

  const waits = wanted.map(({ ticket }) =>
    coolDownSeconds(earlierFor(ticket.id, earlier), now, rules.reservationSeconds),
  );
  const wait = Math.max(...waits);
  if (wait > 0) return refuse('ticket-cool-down', { retryAfterSeconds: wait });
  const taken = freeSlots(id, slots, countPlaces(wanted));
  if (!taken) return refuse('too-many-holds');
  const isFree = totalOf(wanted) === 0;
  if (network?.isFull && !isFree)
    return refuse('too-many-holds-at-network', { retryAfterSeconds: fullNetworkRetrySeconds });

  const order: Order = {
    ...{ id, userId, ...contentOf(wanted), status: 'created', slots: taken },
    expiresAt: new Date(now.getTime() + rules.reservationSeconds * 1_000),
    repeats: wanted.map(({ ticket }) =>
      repeatOf(ticket.id, nextRepeat(ticket.id, earlierFor(ticket.id, earlier))),
    ),
    version: 0,
  };
  if (!isFree) return accept({ ...order, network: network?.key }, orderEvent(order));
  const complete: Order = { ...order, status: 'complete', slots: taken, version: 1 };
  return accept(complete, orderEvent(order), orderEvent(complete));
}

// The holder of a ticket's only place gets their order also after they have paid: there is nothing more to buy.
function isSameOrder(order: Order, { userId, wanted }: Placement, now: Date): boolean {
  if (order.userId !== userId || !hasSameQuantities(order, wanted)) return false;
  if (order.status === 'created') return !isDue(order, now);
  return order.status === 'complete' && areSinglePlaces(wanted);
}

function findFault(
  { userId, wanted }: Placement,
  { allowOwnPurchase }: Rules,
): Decision<Order, NotForSale> | undefined {
  const [{ ticket: first }] = wanted;
  if (wanted.some(({ ticket }) => ticket.sellerId !== first.sellerId)) return refuse('several-sellers');
  if (wanted.some(({ ticket }) => ticket.currency !== first.currency)) return refuse('several-currencies');
  if (first.sellerId === userId && !allowOwnPurchase) return refuse('own-ticket');
  const lacking = wanted.find(({ shortage }) => shortage?.isSold);
  if (lacking) return refuse('ticket-sold', { details: shortageOf(lacking) });
  if (wanted.some(({ ticket }) => ticket.withdrawn)) return refuse('ticket-withdrawn');
  const reserved = wanted.find(({ shortage }) => shortage);
  if (reserved) return refuse('ticket-reserved', { details: shortageOf(reserved) });
  const offers = wanted.map(({ ticket, accepted }) => ({ ticket, offer: compareOffer(ticket, accepted) }));
  // Without its seller, a claim would not exclude the other orders for the ticket.
  if (first.sellerId === undefined || offers.some(({ offer }) => offer === 'unknown'))
    return refuse('ticket-version-unknown', { retryAfterSeconds: 1 });
  const changed = offers.find(({ offer }) => offer === 'changed');
  if (changed) return refuse('ticket-changed', { details: offerOf(changed.ticket) });
  if (amountFault(toDecimal(totalOf(wanted), first.currency), first.currency) !== undefined)
    return refuse('total-too-high');
  return undefined;
}

const shortageOf = ({ ticket, shortage }: WantedPlaces) => ({
  ticketId: ticket.id,
  available: shortage?.available ?? 0,
});

/** The details of the refusal for a buyer who has seen another offer. */
const offerOf = ({ id, version, priceInMinorUnits, currency }: Ticket) => ({
  ticketId: id,
  version,
  price: toDecimal(priceInMinorUnits, currency),
  currency,
});

const countPlaces = (wanted: readonly Wanted[]): number =>
  wanted.reduce((sum, { quantity }) => sum + quantity, 0);

const totalOf = (wanted: readonly Wanted[]): number =>
  wanted.reduce((sum, { ticket, quantity }) => sum + ticket.priceInMinorUnits * quantity, 0);

/** The tickets and items of a new order. */
function contentOf(wanted: Placement['wanted']): Pick<Order, 'ticket' | 'items'> {
  const items: readonly Item[] = wanted.map(({ ticket, places }) => ({
    ticketId: ticket.id,
    title: ticket.title,
    priceInMinorUnits: ticket.priceInMinorUnits,
    version: ticket.version,
    places: places.toSorted((a, b) => a - b),
  }));
  const { id, title, currency, version, sellerId } = wanted[0].ticket;
  const ticket = { id, title, priceInMinorUnits: priceOf(items), currency, version, sellerId };
  return isSingleFirstPlace(items) ? { ticket } : { ticket, items };
}

/**
 * The first free slots of `most`, or undefined if fewer than `count` are free. The search starts at a slot that depends on
 * the id: ids are sequential, so simultaneous orders of one buyer try different slots first.
 */
export function freeSlots(id: string, { taken, most }: Slots, count: number): number[] | undefined {
  if (taken.length + count > most) return undefined;
  const start = Number.parseInt(id.slice(-4), 16);
  const free: number[] = [];
  for (let offset = 0; offset < most && free.length < count; offset += 1) {
    const slot = (start + offset) % most;
    if (!taken.includes(slot)) free.push(slot);
  }
  return free.length === count ? free : undefined;
}
