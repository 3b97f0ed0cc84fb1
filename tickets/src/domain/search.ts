// Search keys of tickets, and the plan that answers a search from one index, in the order of that index.
//
// The keys of a ticket are `tags` (its words, venue, seller, and one tag that every ticket has) and a sort key for each
// order. A sort key ends in the ticket's id, so it is unique and a page can continue from it. Each index starts with a tag
// and continues with one order: a search by one tag reads only what it returns.

import type { Currency } from '@ticketing/common/money';
import type { Ticket } from './ticket.js';

export const sorts = ['newest', 'price', '-price', 'startsAt'] as const;
export type Sort = (typeof sorts)[number];

export type Search = Readonly<{
  /** the ticket must have all of them; folded */
  words: readonly string[];
  /** folded */
  venue?: string | undefined;
  seller?: string | undefined;
  lowestPrice?: number | undefined;
  highestPrice?: number | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  sort: Sort;
  currency?: Currency | undefined;
}>;

/** Stored beside a ticket under `keys`. `format` is the `keysFormat` of the release that computed them. */
export type SearchKeys = Readonly<{ tags: readonly string[]; price: string; starts: string; format: number }>;

/**
 * Raise it with every change of the keys: a job then recomputes those that earlier releases store, also beside this one.
 * Earlier keys must stay among the new ones for a release, because the previous release searches by them after a rollback.
 */
export const keysFormat = 1;

export type Order = '_id' | 'keys.price' | 'keys.starts';
export type Range = Readonly<{ from?: string | undefined; below?: string | undefined }>;

/** A search in terms of the indexes. */
export type Plan = Readonly<{
  /** all tickets of this seller in every status; undefined: all tickets for sale */
  ownerId?: string | undefined;
  /** the ticket must have all of them */
  tags: readonly string[];
  /** no index has it */
  currency?: Currency | undefined;
  order: Order;
  descending: boolean;
  ranges: Readonly<Partial<Record<Order, Range>>>;
}>;

const maxWords = 50;
/** the tag of every ticket */
export const anyTicket = '*';
/** sorts after every time */
const noTime = '~';
/** sorts after `/<id>`, and before the next value */
const afterIds = '0';

// Letters that Unicode does not decompose, and that people without them on the keyboard replace.
const plainLetters: Readonly<Record<string, string>> = {
  ...{ æ: 'ae', ð: 'd', đ: 'd', ħ: 'h', ı: 'i', ł: 'l', ø: 'o', œ: 'oe', þ: 'th', ŧ: 't' },
};

/** Removes accents and case: `Łódź`, `Lodz` and `LODZ` become equal. */
export function fold(text: string): string {
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  // Upper case first, because it unifies more: ß becomes SS.
  const lower = plain.toUpperCase().toLowerCase().replaceAll(/\s+/g, ' ').trim();
  return lower.replaceAll(/[æðđħıłøœþŧ]/g, (letter) => plainLetters[letter] ?? letter);
}

/** Scripts without spaces between words. */
const unspaced = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar']
  .map((script) => String.raw`\p{scx=${script}}`)
  .join('');
const pieces = new RegExp(`[${unspaced}]+|[^${unspaced}]+`, 'gu');
const isUnspaced = new RegExp(`^[${unspaced}]{2}`, 'u');

/**
 * The distinct words and emoji of a text, folded. Scripts without spaces, such as Chinese, Japanese and Thai, are indexed by
 * overlapping pairs: 東京ド is 東京 and 京ド.
 */
export function wordsIn(text: string): string[] {
  const runs = fold(text).match(/[\p{L}\p{N}]+|\p{RI}{2}|\p{Extended_Pictographic}/gu) ?? [];
  const words = runs.flatMap((run) => run.match(pieces) ?? []);
  return [...new Set(words.flatMap((word) => (isUnspaced.test(word) ? pairsIn(word) : word)))];
}

function pairsIn(word: string): string[] {
  const characters = Array.from(word);
  return characters.slice(1).map((character, at) => `${characters[at]}${character}`);
}

const byVenue = (venue: string) => `venue:${venue}`;
const bySeller = (userId: string) => `seller:${userId}`;
const priceKey = (minorUnits: number) => String(minorUnits).padStart(9, '0');

/** The search keys of a ticket: only its first fifty words count. */
export function keysOf({ id, title, priceInMinorUnits, userId, event }: Ticket): SearchKeys {
  const words = wordsIn(`${title} ${event?.name ?? ''} ${event?.venue ?? ''}`).slice(0, maxWords);
  const venue = event ? [byVenue(fold(event.venue))] : [];
  return {
    tags: [anyTicket, bySeller(userId), ...venue, ...words],
    price: `${priceKey(priceInMinorUnits)}/${id}`,
    starts: `${event?.startsAt.toISOString() ?? noTime}/${id}`,
    format: keysFormat,
  };
}

/** The plan of a search by `viewerId`. Sellers also find their own tickets that are not for sale. */
export function planOf(search: Search, viewerId?: string): Plan {
  const { words, venue, seller, lowestPrice, highestPrice, from, to, sort, currency } = search;
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
    below: highestPrice === undefined ? undefined : priceKey(highestPrice) + afterIds,
  };
  const starts = { from: from?.toISOString(), below: to ? to.toISOString() + afterIds : from && noTime };
  return {
    ownerId: isOwner ? seller : undefined,
    tags: needsTag ? [anyTicket] : tags,
    ...(currency !== undefined && { currency }),
    order: order[sort],
    descending: sort === 'newest' || sort === '-price',
    ranges: {
      ...((price.from ?? price.below) !== undefined && { 'keys.price': price }),
      ...((starts.from ?? starts.below) !== undefined && { 'keys.starts': starts }),
    },
  };
}

/** The sort key of a ticket in an order: the next page begins after it. */
export function positionOf(ticket: Ticket, order: Order): string {
  if (order === '_id') return ticket.id;
  const { price, starts } = keysOf(ticket);
  return order === 'keys.price' ? price : starts;
}
