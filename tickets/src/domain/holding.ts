// A holding: the places of one ticket that one order holds, as the orders service has published it.
//
// The orders service decides which order holds which places; this service stores the newest state of each order. An event
// that comes late meets the newer state of its own order and changes nothing. So an ended order must stay stored until
// no copy of its earlier events can arrive any more.

export type Holding = Readonly<{
  orderId: string;
  ticketId: string;
  /** the numbers of the places; empty once all are refunded */
  places: readonly number[];
  version: number;
  status: 'created' | 'complete' | 'cancelled' | 'refunded';
  expiresAt: Date;
}>;

/** The statuses in which an order holds its places. */
export const holdingStatuses: readonly Holding['status'][] = ['created', 'complete'];

export const isHeld = ({ status }: Pick<Holding, 'status'>): boolean => holdingStatuses.includes(status);

const dayMs = 24 * 3_600_000;
const acceptCreatedMs = 7 * dayMs;
// Longer than an order:created is accepted, with a day for a process whose clock is wrong.
const keepNeverCompleteMs = acceptCreatedMs + dayMs;
// Longer than the bus and the dead letters together keep an order:completed (7 and 90 days), which would make the ticket sold.
const keepOnceCompleteMs = 100 * dayMs;

/** When an ended order may be forgotten; undefined while it holds places. */
export function forgetAt(order: Holding): Date | undefined {
  if (isHeld(order)) return undefined;
  // Version 1 of an order that was never complete is its cancellation.
  const keptMs = order.version > 1 ? keepOnceCompleteMs : keepNeverCompleteMs;
  return new Date(order.expiresAt.getTime() + keptMs);
}

/** May this ended order be forgotten? Such an order is not inserted again. */
export const isForgotten = (order: Holding, now: Date): boolean => {
  const time = forgetAt(order);
  return time !== undefined && time < now;
};

/**
 * Is this an order:created that comes so late that its order has ended and may be forgotten? An earlier release forgot
 * ended orders with windows up to `forgottenUntil` of their ticket.
 */
export function isTooOld(
  { status, expiresAt }: Holding,
  forgottenUntil: Date | undefined,
  now: Date,
): boolean {
  if (status !== 'created') return false;
  if (forgottenUntil !== undefined && expiresAt <= forgottenUntil) return true;
  return now.getTime() - expiresAt.getTime() > acceptCreatedMs;
}

/** The places of a ticket that orders hold. */
export type HeldPlaces = Readonly<{
  /** places of unpaid orders */
  reserved: number;
  /** places of paid orders */
  sold: number;
  /** the highest held place + 1: the ticket cannot have fewer places */
  least: number;
  /** the orders that hold a ticket of one place; empty for many places */
  holders: readonly Holding[];
}>;

/** Counts the places that these orders hold, which are all that hold places of one ticket. */
export function countHeldPlaces(orders: readonly Holding[]): HeldPlaces {
  const holders = orders.filter((order) => isHeld(order) && order.places.length > 0);
  const placesOf = (status: Holding['status']) =>
    holders.reduce((sum, order) => sum + (order.status === status ? order.places.length : 0), 0);
  return {
    reserved: placesOf('created'),
    sold: placesOf('complete'),
    least: Math.max(0, ...holders.flatMap(({ places }) => places.map((place) => place + 1))),
    holders,
  };
}
