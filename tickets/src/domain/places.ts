// The places of a ticket: how many there are, how many orders hold, and the status that follows.

import type { Holding, HeldPlaces } from './holding.js';

/** The places that orders hold, as counted at version `at` of the ticket. */
export type Held = Readonly<Pick<HeldPlaces, 'reserved' | 'sold' | 'least'> & { at: number }>;

/** An order in the map by which pods of the previous release decide. */
export type Hold = Pick<Holding, 'version' | 'status' | 'expiresAt'>;

type Status = 'available' | 'reserved' | 'sold' | 'withdrawn';

export type Places = Readonly<{
  status: Status;
  /** the number of places that the seller offers; absent in tickets of one place */
  quantity?: number | undefined;
  /** absent in tickets of the previous release */
  held?: Held | undefined;
  withdrawn?: true | undefined;
  version: number;
}>;

/**
 * Has this release counted the places of the present version? A writer that does not know the field `held`, such as a pod
 * of the previous release or a restored backup, leaves `at` behind.
 */
export const isCounted = ({ held, version }: Pick<Places, 'held' | 'version'>): boolean =>
  held?.at === version;

/** The places that orders hold. Those of a ticket of one place that is not counted follow from its status. */
export function heldOf(ticket: Places): Omit<Held, 'at'> {
  const { quantity = 1, held, status } = ticket;
  if (held && (isCounted(ticket) || quantity > 1)) return held;
  const [reserved, sold] = [Number(status === 'reserved'), Number(status === 'sold')];
  return { reserved, sold, least: reserved + sold };
}

/**
 * The number of places. An order for a higher place, which the orders service accepted before it knew that the seller had
 * lowered the quantity, stays valid: the ticket has that place while the order holds it.
 */
export const quantityOf = (ticket: Places): number => Math.max(ticket.quantity ?? 1, heldOf(ticket).least);

/** The number of places that can be bought. */
export function availableOf(ticket: Places): number {
  if (ticket.withdrawn) return 0;
  const { reserved, sold } = heldOf(ticket);
  return Math.max(0, quantityOf(ticket) - reserved - sold);
}

type Outcome = Readonly<{
  status: Status;
  /** the order that holds or bought a ticket of one place */
  orderId: string | undefined;
  holds: Readonly<Record<string, Hold>>;
}>;

/** The fields of a ticket that follow from its number of places, the held ones, and the holders of a single place. */
export function outcomeOf(
  offered: number,
  { reserved, sold, least, holders }: HeldPlaces,
  withdrawn: true | undefined,
): Outcome {
  const quantity = Math.max(offered, least);
  const status = statusOf(quantity, reserved, sold, withdrawn);
  if (quantity > 1) return { status, orderId: undefined, holds: {} };
  const newestFirst = [...holders].sort((a, b) => b.expiresAt.getTime() - a.expiresAt.getTime());
  const holder = newestFirst.find((order) => order.status === 'complete') ?? newestFirst[0];
  const holds = holders.map(({ orderId, version, expiresAt, status: ofOrder }) => [
    orderId,
    { version, status: ofOrder, expiresAt },
  ]);
  return { status, orderId: holder?.orderId, holds: Object.fromEntries(holds) };
}

function statusOf(quantity: number, reserved: number, sold: number, withdrawn: true | undefined): Status {
  if (sold >= quantity) return 'sold';
  if (sold + reserved >= quantity) return 'reserved';
  return withdrawn ? 'withdrawn' : 'available';
}
