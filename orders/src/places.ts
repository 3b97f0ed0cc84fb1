// Which places an order tries to claim.
//
// Problem: to ask the database for a free place before each order would cost a read, and all buyers would be sent to the same
// place. Guarantee: a refusal rests on a reading that began after the request, so no place stays unsold while somebody asks
// for it. Not promised: that a try succeeds. The index one-holder-per-place decides.
// A ticket of one place has one place to try, and needs none of this.

import { setTimeout as delay } from 'node:timers/promises';
import { placeOf, type Place } from '@ticketing/common/events';
import { LRUCache } from 'lru-cache';
import { quantityOf, type Ticket } from './domain/ticket.js';
import {
  choose,
  collide,
  giveUp,
  lowestFree,
  markFree,
  markPlaced,
  markTaken,
  newBelief,
  replace,
  resize,
  type Belief,
  type Try,
} from './place-beliefs.js';

/** An order that holds places: its buyer, and all its claims. */
export type Held = Readonly<{ userId: string; isPaid: boolean; claims: readonly string[] }>;

/** The holders of the places of a ticket. `paid`: the number of places that are paid. */
export type Occupancy = Readonly<{ available: number; paid: number; buyers: ReadonlySet<string> }>;

type Queries = Readonly<{
  findHeld: (ticket: Ticket, places: readonly number[]) => Promise<readonly Held[]>;
  findAllHeld: (ticket: Ticket) => Promise<readonly Held[]>;
}>;
type Counters = Readonly<{ placeCollisions: { inc(): void }; placeReadings: { inc(): void } }>;

type Known = Readonly<{
  belief: Belief;
  /** places of refused tries, which the next look includes */
  suspects: Set<number>;
  /** Looks up the suspects and the lowest places that seem free, and returns those that are taken. */
  look: (ticket: Ticket) => Promise<ReadonlySet<number>>;
  read: (ticket: Ticket) => Promise<Occupancy>;
}>;

export type Places = ReturnType<typeof openPlaces>;

/** Places of all remembered tickets together; each takes one byte. */
const maxRemembered = 16_000_000;
/** Releases that other processes have recorded are not noticed: a belief is given up after this time. */
const rememberedForMs = 60_000;
/** A reading may take a tenth of the time; a second without one is enough. */
const pauseFactor = 10;
const longestPauseMs = 1_000;
/** Free places that are looked up after a collision. */
const looked = 64;

export function openPlaces(queries: Queries, counters: Counters, random: () => number = Math.random) {
  const known = new LRUCache<string, Known>({
    maxSize: maxRemembered,
    sizeCalculation: ({ belief }) => belief.states.length + 1_000,
    ttl: rememberedForMs,
  });

  function knownOf(ticket: Ticket): Known {
    const found = known.get(ticket.id);
    if (found) {
      resize(found.belief, quantityOf(ticket));
      return found;
    }
    const opened = open(newBelief(quantityOf(ticket), ticket.available), queries, counters);
    known.set(ticket.id, opened);
    return opened;
  }

  return {
    /** Places to try, which no other order of this process tries until the try is given up; undefined if too few seem free. */
    choose(ticket: Ticket, count: number): Try | undefined {
      return choose(knownOf(ticket).belief, count, random);
    },

    /** The try has ended, whatever came of it. */
    giveUp(ticketId: string, attempt: Try): void {
      const belief = known.peek(ticketId)?.belief;
      if (belief) giveUp(belief, attempt);
    },

    /** After the index has refused a try: are places of it taken? */
    async hasCollided(ticket: Ticket, attempt: Try): Promise<boolean> {
      const { belief, suspects, look } = knownOf(ticket);
      for (const place of attempt.places) suspects.add(place);
      const found = await look(ticket);
      const isLost = attempt.places.some((place) => found.has(place));
      if (isLost) collide(belief, attempt);
      return isLost;
    },

    /** Reads who holds the places of a ticket, beginning after this call. */
    read: (ticket: Ticket): Promise<Occupancy> => knownOf(ticket).read(ticket),

    /** An order of this process holds these places now. */
    placed(places: readonly Place[]): void {
      for (const { ticketId, place } of places) {
        const belief = known.peek(ticketId)?.belief;
        if (belief) markPlaced(belief, [place]);
      }
    },

    /** These places are free again. */
    freed(places: readonly Place[]): void {
      for (const { ticketId, place } of places) {
        const belief = known.peek(ticketId)?.belief;
        if (belief) markFree(belief, place);
      }
    },
  };
}

function open(belief: Belief, queries: Queries, counters: Counters): Known {
  const suspects = new Set<number>();
  return {
    belief,
    suspects,

    look: shareNext(async (ticket) => {
      counters.placeCollisions.inc();
      const places = [...suspects, ...lowestFree(belief, looked)];
      suspects.clear();
      const found = placesIn(ticket, await queries.findHeld(ticket, places));
      markTaken(belief, found);
      return new Set(found);
    }),

    read: shareNext(
      async (ticket) => {
        counters.placeReadings.inc();
        belief.placed = new Set();
        const found = await queries.findAllHeld(ticket);
        replace(belief, placesIn(ticket, found));
        return occupancyOf(ticket, found);
      },
      (tookMs) => Math.min(pauseFactor * tookMs, longestPauseMs),
    ),
  };
}

function occupancyOf(ticket: Ticket, found: readonly Held[]): Occupancy {
  // Places beyond the quantity were sold before the seller lowered it.
  const within = (held: readonly Held[]) =>
    placesIn(ticket, held).filter((place) => place < quantityOf(ticket)).length;
  return {
    available: quantityOf(ticket) - within(found),
    paid: within(found.filter(({ isPaid }) => isPaid)),
    buyers: new Set(found.map(({ userId }) => userId)),
  };
}

const placesIn = ({ id }: Ticket, found: readonly Held[]): number[] =>
  found
    .flatMap(({ claims }) => claims.map(placeOf))
    .flatMap(({ ticketId, place }) => (ticketId === id ? [place] : []));

/**
 * Shares a reading among all who ask for it before it begins. One runs at a time.
 * @param pauseMs the time after a reading before the next one begins, from the time that it took
 */
export function shareNext<A, T>(
  read: (about: A) => Promise<T>,
  pauseMs: (tookMs: number) => number = () => 0,
): (about: A) => Promise<T> {
  let busy: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;

  async function readAfter(before: Promise<unknown>, about: A): Promise<T> {
    await before;
    next = undefined;
    const beganMs = performance.now();
    const reading = read(about);
    const rest = async () => {
      const ms = pauseMs(performance.now() - beganMs);
      if (ms > 0) await delay(ms, undefined, { ref: false });
    };
    busy = reading.then(rest, rest);
    return reading;
  }

  return (about) => (next ??= readAfter(busy, about));
}
