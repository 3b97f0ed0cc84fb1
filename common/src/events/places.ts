// The name of a place. Events carry ticket ids and numbers of places; stores and snapshots name a place by one string.

/** One place of a ticket. The `quantity` equal places of a ticket are numbered from 0. */
export type Place = Readonly<{ ticketId: string; place: number }>;

const digits = 5;

/**
 * The claim of a place: its key under the unique index of orders. The claim of place 0 is the ticket's id alone, like
 * the claim of an order without `items`: `6a…`, `6a…/00017`.
 */
export const claimOf = ({ ticketId, place }: Place): string =>
  place === 0 ? ticketId : `${ticketId}/${String(place).padStart(digits, '0')}`;

/** The place of a claim. */
export function placeOf(claim: string): Place {
  const [ticketId = '', place = '0'] = claim.split('/');
  return { ticketId, place: Number(place) };
}
