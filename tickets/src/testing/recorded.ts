// A ticket with the orders that are stored for it, in memory: the rules of the store without a store.

import { orThrow, type Decision } from '@ticketing/common/decision';
import { isForgotten, isTooOld, countHeldPlaces, type Holding } from '../domain/holding.js';
import { count, type Ticket } from '../domain/ticket.js';

export type Recorded = Readonly<{ ticket: Ticket; orders: ReadonlyMap<string, Holding> }>;

type Recording = Readonly<{ decision: Decision<Ticket, 'too-old'>; next: Recorded }>;

/** Records the state of an order as `record` of the store does. */
export function record({ ticket, orders }: Recorded, order: Holding, now: Date): Recording {
  const stored = orders.get(order.orderId);
  const same = { ticket, orders };
  if (isTooOld(order, ticket.forgottenUntil, now))
    return { decision: { outcome: 'refused', code: 'too-old' }, next: same };
  if (isForgotten(order, now) && !stored)
    return { decision: { outcome: 'already', state: ticket, events: [] }, next: same };
  const isNewer = !stored || stored.version < order.version;
  const after = isNewer ? new Map(orders).set(order.orderId, order) : orders;
  const decision = count(ticket, countHeldPlaces([...after.values()]), isNewer);
  return { decision, next: { ticket: orThrow(decision), orders: after } };
}

/** Records each of the orders in turn. */
export const recordAll = (ticket: Ticket, orders: readonly Holding[], now: Date): Recorded =>
  orders.reduce<Recorded>((recorded, order) => record(recorded, order, now).next, {
    ticket,
    orders: new Map(),
  });
