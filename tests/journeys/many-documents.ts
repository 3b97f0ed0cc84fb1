// Documents that fill the stores of tickets, orders and payments, as their services would have written them.

import { newId } from '@ticketing/common/id';
import { aUser } from '@ticketing/common/testing';
import { keysOf } from '../../tickets/src/domain/search.js';
import type { Ticket } from '../../tickets/src/domain/ticket.js';

/** of each kind */
export const many = 50_000;
/** the first orders and payments, which have not ended */
const open = 100;

export const buyer = aUser();
export const seller = aUser();

const bookkeeping = { outbox: [], history: [], changedAt: new Date(0) };
const later = new Date(Date.now() + 3_600_000);
const price = { priceInMinorUnits: 1_999, currency: 'usd' as const };

export function aTicket(n: number): object {
  const status = (['available', 'sold', 'available', 'withdrawn'] as const)[n % 4] ?? 'available';
  const userId = n % 10 === 0 ? seller.id : newId();
  const ticket: Ticket = {
    id: newId(),
    title: `Final ${n}`,
    ...price,
    userId,
    status,
    held: { reserved: 0, sold: Number(status === 'sold'), least: Number(status === 'sold'), at: 1 },
    holds: {},
    version: 1,
  };
  const { id, ...rest } = ticket;
  return { ...bookkeeping, _id: id, ...rest, keys: keysOf(ticket) };
}

export const hallId = newId();

/** A ticket of many places, of which half are sold, each by another order. */
export function aHall(): object {
  const held = { reserved: 0, sold: many, least: many, at: 1 };
  return { ...aTicket(0), _id: hallId, userId: seller.id, quantity: 2 * many, held };
}

export function aHolding(n: number): object {
  const orderId = newId();
  const held = { places: [n], count: 1, least: n + 1, status: 'complete', version: 1, expiresAt: later };
  return { ...bookkeeping, _id: `${orderId}/${hallId}`, orderId, ticketId: hallId, ...held };
}

export const aCopy = (n: number) => ({
  ...bookkeeping,
  ...{ _id: newId(), title: `Final ${n}`, ...price, sellerId: newId(), version: 1 },
});

/** A tenth of the orders are of one buyer, and a tenth of one seller. */
export function anOrder(n: number): object {
  const status = n < open ? 'created' : ['cancelled', 'complete', 'refunded'][n % 3];
  const copy = { id: newId(), title: `Final ${n}`, ...price, sellerId: newId(), version: 1 };
  const ticket = { ...copy, ...(n % 10 === 1 && { sellerId: seller.id }) };
  return {
    ...bookkeeping,
    _id: newId(),
    ...{ userId: n % 10 === 0 ? buyer.id : newId(), ticket, status, version: 1 },
    expiresAt: n < open ? later : new Date(0),
  };
}

export const aPayment = (n: number) => ({
  ...bookkeeping,
  _id: newId(),
  ...{ userId: newId(), sellerId: newId(), amountInMinorUnits: 1_999, currency: 'usd', version: 3 },
  status: n < open ? 'requires-action' : 'succeeded',
  ...{ expiresAt: later, intentId: `pi_${n}`, attempt: 1, token: 'tok_visa' },
});

/** A key of a limit with one failure. */
export const aFailure = (n: number) => ({
  ...{ _id: newId(), failures: [{ of: `${n}`, at: new Date(), times: 1 }] },
  ...{ allowedAt: new Date(0), forgetAt: later },
});

export const anIdempotencyKey = () => ({
  ...{ _id: newId(), fingerprint: newId(), effect: newId(), claimedUntil: later, expiresAt: later },
  answer: { status: 201 },
});

export const aDeadLetter = (n: number) => ({
  ...{ _id: newId(), type: 'ticket:updated', body: `not JSON ${n}`, error: 'InvalidInput', tries: 5 },
  ...{ storedAt: later, diedAt: later },
});
