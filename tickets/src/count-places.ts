// Counts the held places of tickets from their holdings.
//
// Problem: the orders of a ticket change at the same moment, in several processes, and each event may be late or repeated.
// Guarantee: a count reads the version of the ticket, then its holdings, and writes at that version only. Every changed
// order raises the version, even if the count is the same. A slower count that missed the order therefore fails at the
// version guard and runs again. A repeated event is counted again: the process may have died after it stored the order.
// Not promised: one write for each event. The events of one ticket share a count.

import { already, orThrow, refuse, type Decision } from '@ticketing/common/decision';
import type { Documents } from '@ticketing/common/documents';
import type { Cause } from '@ticketing/common/observability';
import { coalesce } from './coalesce.js';
import { isForgotten, isTooOld, type Holding, type HeldPlaces } from './domain/holding.js';
import { isCounted } from './domain/places.js';
import { count, type Ticket } from './domain/ticket.js';
import type { Holdings } from './holdings.js';

type Parts = Readonly<{ tickets: Documents<Ticket>; holdings: Holdings; now: () => Date }>;
type Request = Readonly<{ isChanged: boolean; cause: Cause }>;
type Recount = (ticketId: string, request: Request) => Promise<Decision<Ticket>>;
type Decide<C extends string> = (ticket: Ticket) => Decision<Ticket, C>;

export type Counts = ReturnType<typeof openCounts>;

export function openCounts(parts: Parts) {
  const recount = coalesce<Request, Decision<Ticket>>((ticketId, requests) =>
    countOne(parts, ticketId, requests),
  );
  const settle = (ticket: Ticket, cause: Cause) => settleOne(parts, recount, ticket, cause);

  return {
    /**
     * Stores what an order holds of a ticket, if it is newer than what is stored, and counts.
     * @throws NotFound for an unknown ticket
     */
    record: (order: Holding, cause: Cause) => record(parts, recount, order, cause),

    /** Counts a ticket whose holdings may have changed unnoticed. */
    recount: (ticketId: string, cause: Cause) => recount(ticketId, { isChanged: false, cause }),

    /** Counts a ticket that a pod of the previous release has written. If its status is right, it keeps its version. */
    settle,

    /** Like `change`, for a decision that needs a counted ticket. */
    async changeCounted<C extends string>(id: string, decide: Decide<C>, cause: Cause) {
      for (;;) {
        let uncounted: Ticket | undefined;
        const decideCounted: Decide<C> = (ticket) => {
          uncounted = isCounted(ticket) ? undefined : ticket;
          return uncounted ? already(uncounted) : decide(ticket);
        };
        const decision = await parts.tickets.change(id, decideCounted, cause);
        if (!uncounted) return decision;
        await settle(uncounted, cause);
      }
    },
  };
}

async function record(
  { tickets, holdings, now }: Parts,
  recount: Recount,
  order: Holding,
  cause: Cause,
): Promise<Decision<Ticket, 'too-old'>> {
  const { orderId, ticketId } = order;
  const ticket = tickets.recent(ticketId) ?? (await tickets.get(ticketId));
  if (isTooOld(order, ticket.forgottenUntil, now())) return refuse('too-old');
  const isKnown = async () => orderId in ticket.holds || (await holdings.isStored(order));
  if (isForgotten(order, now()) && !(await isKnown())) return already(ticket);
  const isChanged = await holdings.save(order);
  return recount(ticketId, { isChanged, cause });
}

async function settleOne(
  { tickets, holdings }: Parts,
  recount: Recount,
  ticket: Ticket,
  cause: Cause,
): Promise<void> {
  const { held, holds, status, orderId } = orThrow(count(ticket, await tallyOf(holdings, ticket), false));
  if (status !== ticket.status || orderId !== ticket.orderId) {
    await recount(ticket.id, { isChanged: false, cause });
    return;
  }
  const { id: _id, version } = ticket;
  const $set = { held: { ...held, at: version }, holds };
  await tickets.model.updateOne({ _id, version } as never, { $set } as never);
}

async function countOne(
  { tickets, holdings }: Parts,
  ticketId: string,
  requests: readonly [Request, ...Request[]],
): Promise<Decision<Ticket>> {
  const [{ cause }] = requests;
  const isChanged = requests.some((request) => request.isChanged);
  for (;;) {
    const known = tickets.recent(ticketId) ?? (await tickets.get(ticketId));
    const tally = await tallyOf(holdings, known);
    let isStale = false;
    const decide = (ticket: Ticket): Decision<Ticket> => {
      isStale = ticket.version !== known.version;
      return isStale ? already(ticket) : count(ticket, tally, isChanged);
    };
    const decision = await tickets.change(ticketId, decide, cause);
    if (!isStale) return decision;
  }
}

async function tallyOf(holdings: Holdings, ticket: Ticket): Promise<HeldPlaces> {
  if (!isCounted(ticket)) await importHolds(holdings, ticket);
  return ticket.quantity === undefined ? holdings.tallyOne(ticket.id) : holdings.tallyMany(ticket.id);
}

// A pod of the previous release does not know which places of many an order holds: `ops resync` of orders repairs those.
async function importHolds(holdings: Holdings, { id, quantity, holds }: Ticket): Promise<void> {
  if (quantity !== undefined) return;
  const orders = Object.entries(holds).map(([orderId, hold]) => ({
    orderId,
    ticketId: id,
    places: [0],
    ...hold,
  }));
  await Promise.all(orders.map((order) => holdings.save(order)));
}
