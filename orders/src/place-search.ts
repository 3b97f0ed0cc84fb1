// The search of one order for free places.

import { claimOf } from '@ticketing/common/events';
import { placesOf, type Wanted } from './domain/items.js';
import type { Order } from './domain/order.js';
import type { Placement, Shortage, WantedPlaces } from './domain/placement.js';
import { quantityOf, type Ticket } from './domain/ticket.js';
import type { Try } from './place-beliefs.js';
import type { Occupancy } from './places.js';
import type { OrdersContext } from './store.js';

type CartItem = Wanted & Pick<WantedPlaces, 'accepted'>;

/** The tickets of a request, each once. */
export type Cart = readonly [CartItem, ...CartItem[]];

type Found = Readonly<{
  /** With places to try, or with a shortage. */
  wanted: Placement['wanted'];
  /** The orders that hold the only place of a ticket. */
  holders: readonly Order[];
  /** The buyers who hold places of a ticket that has too few left. */
  buyers: ReadonlySet<string>;
}>;

export type Search = ReturnType<typeof openSearch>;
type Part = Readonly<{ ctx: Pick<OrdersContext, 'orders' | 'places'>; cart: Cart; tries: Map<Ticket, Try> }>;

/** Begins a search. Its end must give up what it has tried. */
export function openSearch(ctx: Part['ctx'], cart: Cart) {
  const search: Part = { ctx, cart, tries: new Map() };
  return {
    /** Places to try; undefined if a ticket seems to have too few. Reads nothing. */
    choose(): Placement['wanted'] | undefined {
      const chosen = choose(search);
      return isComplete(chosen) ? withPlaces(cart, chosen) : undefined;
    },
    /** After an index has refused the places: are some of them taken? */
    hasCollided: () => hasCollided(search),
    /** Reads who holds the tickets of one place, and of the others only what seems to have too few. */
    read: () => read(search),
    giveUp: () => giveUp(search),
  };
}

const isOnePlace = ({ ticket, quantity }: CartItem): boolean => quantityOf(ticket) === 1 && quantity === 1;

type Chosen = readonly (readonly number[] | undefined)[];
const isComplete = (chosen: Chosen): chosen is readonly (readonly number[])[] => !chosen.includes(undefined);

// Chooses for all tickets or for none, so that two orders cannot block each other by partial tries.
function choose(search: Part): Chosen {
  const { ctx, cart, tries } = search;
  giveUp(search);
  const chosen = cart.map((item) => {
    if (isOnePlace(item)) return [0];
    const attempt = ctx.places.choose(item.ticket, item.quantity);
    if (attempt) tries.set(item.ticket, attempt);
    return attempt?.places;
  });
  if (!isComplete(chosen)) giveUp(search);
  return chosen;
}

function giveUp({ ctx, tries }: Part): void {
  for (const [ticket, attempt] of tries) ctx.places.giveUp(ticket.id, attempt);
  tries.clear();
}

async function hasCollided({ ctx, tries }: Part): Promise<boolean> {
  const collided = await Promise.all(
    [...tries].map(([ticket, attempt]) => ctx.places.hasCollided(ticket, attempt)),
  );
  return collided.includes(true);
}

async function read(search: Part): Promise<Found> {
  const { ctx, cart } = search;
  const singles = cart.filter(isOnePlace).map(({ ticket }) => ticket.id);
  const holders = singles.length > 0 ? await ctx.orders.findHolders(cart[0].ticket.sellerId, singles) : [];
  const found = { holders, buyers: new Set<string>() };
  if (holders.length > 0) return { ...found, wanted: withShortages(cart, shortagesBy(holders)) };
  for (;;) {
    const chosen = choose(search);
    if (isComplete(chosen)) return { ...found, wanted: withPlaces(cart, chosen) };
    const full = cart.filter((_item, index) => chosen[index] === undefined);
    const read = await Promise.all(full.map(({ ticket }) => ctx.places.read(ticket)));
    const shortages = shortagesIn(full, read);
    const buyers = new Set(read.flatMap((occupancy) => [...occupancy.buyers]));
    if (shortages.size > 0) return { holders, buyers, wanted: withShortages(cart, shortages) };
  }
}

type Shortages = ReadonlyMap<string, Shortage>;

const shortagesBy = (holders: readonly Order[]): Shortages =>
  new Map(
    holders.flatMap((holder) =>
      placesOf(holder).map((place) => [
        claimOf(place),
        { available: 0, isSold: holder.status === 'complete' },
      ]),
    ),
  );

function shortagesIn(full: readonly CartItem[], read: readonly Occupancy[]): Shortages {
  const shortages = full.map(({ ticket, quantity }, index) => {
    const { available = 0, paid = 0 } = read[index] ?? {};
    const isSold = quantity > quantityOf(ticket) - paid;
    return [ticket.id, available < quantity ? { available, isSold } : undefined] as const;
  });
  return new Map(shortages.flatMap(([id, shortage]) => (shortage ? [[id, shortage]] : [])));
}

const wantedOf = (cart: Cart, more: (item: CartItem, index: number) => Omit<WantedPlaces, keyof CartItem>) =>
  cart.map((item, index) => ({ ...item, ...more(item, index) })) as unknown as Placement['wanted'];

const withPlaces = (cart: Cart, places: readonly (readonly number[])[]) =>
  wantedOf(cart, (_item, index) => ({ places: places[index] ?? [] }));

const withShortages = (cart: Cart, shortages: Shortages) =>
  wantedOf(cart, ({ ticket }) => ({ places: [], shortage: shortages.get(ticket.id) }));
