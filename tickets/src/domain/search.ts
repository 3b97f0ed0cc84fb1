// What a ticket is found by, and how a search is answered from one index, in that index's order.
//
// Every ticket has keys: `tags` (its words, venue, seller, and one that all have), and the three orders it can stand in,
// each as a text that ends in its id, so that no two are equal and a page goes on from any of them. An index begins with a
// tag and continues in one of the orders: a search by one tag reads what it returns, and nothing else.

import type { Ticket } from './ticket.js';

export const sorts = ['newest', 'price', '-price', 'startsAt'] as const;
export type Sort = (typeof sorts)[number];

export type Search = Readonly<{
  /** all of them, folded */
  words: readonly string[];
  /** folded */
  venue?: string | undefined;
  seller?: string | undefined;
  lowestPrice?: number | undefined;
  highestPrice?: number | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  sort: Sort;
}>;

/** Stored beside a ticket under `keys`. */
export type SearchKeys = Readonly<{ tags: readonly string[]; price: string; starts: string }>;

export type Order = '_id' | 'keys.price' | 'keys.starts';
export type Range = Readonly<{ from?: string | undefined; below?: string | undefined }>;

/** A search in the terms of the indexes. */
export type Plan = Readonly<{
  /** only what this user offers or has offered, whatever has become of it; otherwise only what can be bought now */
  ownerId?: string | undefined;
  /** all of which a ticket must have */
  tags: readonly string[];
  order: Order;
  descending: boolean;
  ranges: Readonly<Partial<Record<Order, Range>>>;
}>;

const mostWords = 50;
const everything = '*';
/** stands behind every time */
const never = '~';
/** stands behind every id of a value, and before the next value */
const behind = '0';

/** Letters without marks and case: `Café` and `CAFE` are the same. */
export function fold(text: string): string {
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  // First up, because capital letters have lost more differences: ß is SS.
  return plain.toUpperCase().toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

/** The different words of a text, folded. */
export function wordsIn(text: string): string[] {
  return [...new Set(fold(text).match(/[\p{L}\p{N}]+/gu))];
}

const byVenue = (venue: string) => `venue:${venue}`;
const bySeller = (userId: string) => `seller:${userId}`;
const priceKey = (minorUnits: number) => String(minorUnits).padStart(9, '0');

/** What is stored beside a ticket. A ticket is found by its first fifty words. */
export function keysOf({ id, title, priceInMinorUnits, userId, event }: Ticket): SearchKeys {
  const words = wordsIn(`${title} ${event?.name ?? ''} ${event?.venue ?? ''}`).slice(0, mostWords);
  const venue = event ? [byVenue(fold(event.venue))] : [];
  return {
    tags: [everything, bySeller(userId), ...venue, ...words],
    price: `${priceKey(priceInMinorUnits)}/${id}`,
    starts: `${event?.startsAt.toISOString() ?? never}/${id}`,
  };
}

/** How to answer a search of `viewerId`, who sees of their own tickets also what is not for sale. */
export function planOf(search: Search, viewerId?: string): Plan {
  const { words, venue, seller, lowestPrice, highestPrice, from, to, sort } = search;
  const isOwner = seller !== undefined && seller === viewerId;
  const order = {
    newest: '_id',
    price: 'keys.price',
    '-price': 'keys.price',
    startsAt: 'keys.starts',
  } as const;
  const tags = [
    ...(seller !== undefined && !isOwner ? [bySeller(seller)] : []),
    ...(venue === undefined ? [] : [byVenue(venue)]),
    ...words,
  ];
  const needsTag = !isOwner && tags.length === 0 && sort !== 'newest';
  const price = {
    from: lowestPrice === undefined ? undefined : priceKey(lowestPrice),
    below: highestPrice === undefined ? undefined : priceKey(highestPrice) + behind,
  };
  const starts = { from: from?.toISOString(), below: to ? to.toISOString() + behind : from && never };
  return {
    ownerId: isOwner ? seller : undefined,
    tags: needsTag ? [everything] : tags,
    order: order[sort],
    descending: sort === 'newest' || sort === '-price',
    ranges: {
      ...((price.from ?? price.below) !== undefined && { 'keys.price': price }),
      ...((starts.from ?? starts.below) !== undefined && { 'keys.starts': starts }),
    },
  };
}

/** Where a ticket stands in an order: the next page begins behind it. */
export function positionOf(ticket: Ticket, order: Order): string {
  if (order === '_id') return ticket.id;
  const { price, starts } = keysOf(ticket);
  return order === 'keys.price' ? price : starts;
}
