// Generates many tickets with common and rare words, venues and sellers. An independent search in memory gives the
// reference results.

import { newId } from '@ticketing/common/id';
import type { Currency } from '@ticketing/common/money';
import { aUser } from '@ticketing/common/testing';
import fc from 'fast-check';
import { heldOf } from '../domain/places.js';
import type { Search, Sort } from '../domain/search.js';
import type { Ticket } from '../domain/ticket.js';

export const [bigSeller, smallSeller] = [aUser(), aUser()];
export const hour = 3_600_000;
export const opening = Date.UTC(2027, 0, 1);
const sellers = [bigSeller.id, smallSeller.id, ...Array.from({ length: 30 }, newId)];

const often = <T>(weight: number, common: T, ...rare: T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight, arbitrary: fc.constant(common) },
    { weight: 10 - weight, arbitrary: fc.constantFrom(...rare) },
  );

const venues = [
  'Olympiastadion',
  'Große Halle',
  'Café Zürich',
  ...Array.from({ length: 20 }, (_, at) => `Club ${at}`),
];
const anEvent = fc.record({
  name: often(5, 'Cup Final', 'Beyoncé Live', 'Opera'),
  venue: often(5, 'Arena', ...venues),
  startsAt: fc.nat(1_000).map((hours) => new Date(opening + hours * hour)),
  timeZone: fc.constant('Europe/Berlin'),
});
const rareWords = Array.from({ length: 50 }, (_, at) => `block${at}`);

const aTicket: fc.Arbitrary<Ticket> = fc.record({
  id: fc.constant(''),
  title: fc
    .tuple(often(9, 'Row', 'Standing'), fc.constantFrom(...rareWords))
    .map(([a, b]) => `Ticket, ${a}, ${b}`),
  priceInMinorUnits: often(3, 1_999, ...Array.from({ length: 200 }, (_, at) => 500 + at * 37)),
  currency: often<Currency>(6, 'usd', 'eur', 'jpy'),
  userId: often(4, bigSeller.id, ...sellers),
  event: fc.option(anEvent, { nil: undefined, freq: 5 }),
  status: often<Ticket['status']>(9, 'available', 'reserved', 'sold', 'withdrawn'),
  holds: fc.constant({}),
  version: fc.nat(3),
});

const letters = (text: string) =>
  text
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036F]/g, '')
    .replaceAll('ß', 'ss')
    .toLowerCase();
const termsById = new Map<string, { words: ReadonlySet<string>; venue: string | undefined }>();

function termsOf({ id, title, event }: Ticket) {
  const cached = termsById.get(id);
  if (cached) return cached;
  const words = new Set(letters([title, event?.name, event?.venue].join(' ')).split(/[^a-z0-9]+/));
  const terms = { words, venue: event && letters(event.venue) };
  termsById.set(id, terms);
  return terms;
}

function matches(
  ticket: Ticket,
  { words, venue, seller, from, to, currency, ...search }: Search,
  viewerId?: string,
): boolean {
  const { lowestPrice = 0, highestPrice = Number.MAX_VALUE } = search;
  const time = ticket.event?.startsAt;
  return (
    (ticket.status === 'available' || (seller !== undefined && seller === viewerId)) &&
    words.every((word) => termsOf(ticket).words.has(word)) &&
    (venue === undefined || termsOf(ticket).venue === venue) &&
    (seller === undefined || ticket.userId === seller) &&
    (currency === undefined || ticket.currency === currency) &&
    lowestPrice <= ticket.priceInMinorUnits &&
    ticket.priceInMinorUnits <= highestPrice &&
    (from === undefined || (time !== undefined && from <= time)) &&
    (to === undefined || (time !== undefined && time <= to))
  );
}

const newer = (a: Ticket, b: Ticket) => (a.id < b.id ? 1 : -1);
const time = ({ event }: Ticket) => event?.startsAt.getTime() ?? Number.MAX_VALUE;
const inOrder: Record<Sort, (a: Ticket, b: Ticket) => number> = {
  newest: newer,
  price: (a, b) => a.priceInMinorUnits - b.priceInMinorUnits || newer(b, a),
  '-price': (a, b) => b.priceInMinorUnits - a.priceInMinorUnits || newer(a, b),
  startsAt: (a, b) => time(a) - time(b) || newer(b, a),
};

/** Generates `count` tickets, oldest first. */
export function manyTickets(count: number, seed: number): Ticket[] {
  return fc
    .sample(aTicket, { numRuns: count, seed })
    .map((ticket) => ({ ...ticket, id: newId(), held: { ...heldOf(ticket), at: ticket.version } }));
}

/** The ids that a search should find, in order. */
export function wanted(all: readonly Ticket[], search: Search, viewerId?: string): string[] {
  return all
    .filter((ticket) => matches(ticket, search, viewerId))
    .sort(inOrder[search.sort])
    .map(({ id }) => id);
}
