// The items of an order: places of one or several tickets. A ticket has `quantity` equal places, numbered from 0.

import { claimOf, type Place } from '@ticketing/common/events';
import type { Order } from './order.js';
import { quantityOf, type Ticket } from './ticket.js';

export type Item = Readonly<{
  ticketId: string;
  title: string;
  /** of one place */
  priceInMinorUnits: number;
  version: number;
  /** the numbers of the places, ascending; empty once all are refunded */
  places: readonly number[];
}>;

/** Some places of a ticket that a buyer asks for. */
export type Wanted = Readonly<{ ticket: Ticket; quantity: number }>;

/** The most places that one order may hold. */
export const maxPlacesPerOrder = 20;

/** The places that an order holds. Without `items`, it holds place 0 of its ticket. */
export function itemsOf({ ticket, items }: Pick<Order, 'ticket' | 'items'>): readonly Item[] {
  if (items) return items;
  const { id: ticketId, title, priceInMinorUnits, version } = ticket;
  return [{ ticketId, title, priceInMinorUnits, version, places: [0] }];
}

/** The places that an order holds. */
export const placesOf = (order: Pick<Order, 'ticket' | 'items'>): readonly Place[] =>
  itemsOf(order).flatMap(({ ticketId, places }) => places.map((place) => ({ ticketId, place })));

/** The price of the places in these items, in minor units. */
export const priceOf = (items: readonly Item[]): number =>
  items.reduce((sum, { priceInMinorUnits, places }) => sum + priceInMinorUnits * places.length, 0);

/** Do the items hold only place 0 of one ticket? Then `ticket` alone describes the order. */
export const isSingleFirstPlace = (items: readonly Item[]): boolean =>
  items.length === 1 && items[0]?.places.length === 1 && items[0].places[0] === 0;

/** The items without these places. */
export function withoutPlaces(items: readonly Item[], freed: readonly Place[]): readonly Item[] {
  const claims = new Set(freed.map(claimOf));
  return items.map((item) => ({
    ...item,
    places: item.places.filter((place) => !claims.has(claimOf({ ticketId: item.ticketId, place }))),
  }));
}

/** Does an order hold as many places of the same tickets, in whatever sequence? */
export function hasSameQuantities(order: Order, wanted: readonly Wanted[]): boolean {
  const items = itemsOf(order);
  const quantities = new Map(items.map(({ ticketId, places }) => [ticketId, places.length]));
  return (
    items.length === wanted.length &&
    wanted.every(({ ticket, quantity }) => quantities.get(ticket.id) === quantity)
  );
}

/** Has each of the tickets one place only? */
export const areSinglePlaces = (wanted: readonly Wanted[]): boolean =>
  wanted.every(({ ticket }) => quantityOf(ticket) === 1);

/** The items of an order as text: `ticket 6a…`, or `ticket 6a… (places 3, 4), ticket 6b… (place 0)`. */
export function describeItems({ ticket, items }: Pick<Order, 'ticket' | 'items'>): string {
  if (!items) return `ticket ${ticket.id}`;
  return items.map(({ ticketId, places }) => `ticket ${ticketId} (${describePlaces(places)})`).join(', ');
}

const describePlaces = (places: readonly number[]): string =>
  places.length === 0 ? 'no place' : `${places.length === 1 ? 'place' : 'places'} ${places.join(', ')}`;
