// The places that an order pays for, and what a refund of some of them costs.

import { already, refuse, type Decision } from '@ticketing/common/decision';
import type { Place } from '@ticketing/common/events';

/** Some places of one ticket. */
export type Item = Readonly<{
  ticketId: string;
  /** the price of one place */
  priceInMinorUnits: number;
  places: readonly number[];
}>;

export type PlaceRefusal = 'unknown-place' | 'place-refunded' | 'nothing-to-refund';

/**
 * The sum of the prices of these places, in minor units.
 * @param named the places that a refund names already
 */
export function priceOfPlaces(
  items: readonly Item[],
  named: readonly Place[],
  places: readonly Place[],
): Decision<number, PlaceRefusal> {
  const taken = new Set(named.map(nameOfPlace));
  let total = 0;
  for (const place of places) {
    const item = items.find(
      ({ ticketId, places: held }) => ticketId === place.ticketId && held.includes(place.place),
    );
    if (!item) return refuse('unknown-place', { details: place });
    if (taken.has(nameOfPlace(place))) return refuse('place-refunded', { details: place });
    taken.add(nameOfPlace(place));
    total += item.priceInMinorUnits;
  }
  // Stripe refunds no zero, and without a refund nothing would free the places.
  return total === 0 ? refuse('nothing-to-refund') : already(total);
}

/** As operators write and read it: `<ticketId>/<place>`. */
export const nameOfPlace = ({ ticketId, place }: Place): string => `${ticketId}/${place}`;
