// How soon a buyer may take a ticket again that they did not pay for. Without a delay, one buyer could keep a ticket from
// everybody else for ever: reserve it, let the reservation end, and reserve it again at once. An order for several tickets
// counts for each of them.

import { delaySeconds, secondsToWait } from '@ticketing/common/failure-rule';
import type { Order } from './order.js';

/** `endedAt`: when the order reached its present state. */
export type EarlierOrder = Readonly<{ order: Order; endedAt: Date }>;

// The first repeat is free: an honest buyer whose browser failed comes back once. Each further repeat waits longer, up to a
// whole reservation window. Others then find the ticket free half of the time.
const free = 2;
const partsOfWindow = [16, 8, 4, 2, 1];
const rememberedWindows = 100;

/**
 * Seconds until the buyer may order the ticket again; 0 if they may now.
 * @param earlier the buyer's latest orders for the ticket, newest first
 * @param windowSeconds the time that a reservation lasts
 */
export function coolDownSeconds(earlier: readonly EarlierOrder[], now: Date, windowSeconds: number): number {
  const windowMs = windowSeconds * 1_000;
  const bought = earlier.findIndex(({ order }) => isPurchase(order));
  const sincePurchase = bought === -1 ? earlier : earlier.slice(0, bought);
  const givenUp = sincePurchase.filter(({ order, endedAt }) => {
    const agoMs = now.getTime() - endedAt.getTime();
    // A time far in the future comes from a clock that was wrong.
    return isGivenUp(order) && agoMs < rememberedWindows * windowMs && agoMs > -windowMs;
  });
  const delaysSeconds = partsOfWindow.map((part) => windowSeconds / part);
  const delayMs = delaySeconds(givenUp.length, { free, delaysSeconds }) * 1_000;
  if (givenUp.length === 0) return 0;
  // Several orders for one ticket may be open at a time: the latest need not be the last to end.
  const lastMs = Math.max(...givenUp.map(({ endedAt }) => endedAt.getTime()));
  return secondsToWait(new Date(lastMs + delayMs), now);
}

const digits = 5;

/** The key of a buyer's order for a ticket. Their orders for it are numbered: 0, 1, 2 … */
export const repeatOf = (ticketId: string, number: number): string =>
  `${ticketId}/${String(number).padStart(digits, '0')}`;

/** Of a buyer's orders, those for this ticket, newest first. */
export function earlierFor(ticketId: string, earlier: readonly EarlierOrder[]): readonly EarlierOrder[] {
  return earlier
    .filter(({ order }) => numberOf(ticketId, order) !== undefined)
    .toSorted((a, b) => (numberOf(ticketId, b.order) ?? 0) - (numberOf(ticketId, a.order) ?? 0));
}

/** The number of the buyer's next order for a ticket. `latest` is their latest one. */
export function nextRepeat(ticketId: string, [latest]: readonly EarlierOrder[]): number {
  const last = latest && numberOf(ticketId, latest.order);
  return last === undefined ? 0 : last + 1;
}

function numberOf(ticketId: string, { repeats = [] }: Order): number | undefined {
  const repeat = repeats.find((key) => key.startsWith(`${ticketId}/`));
  return repeat === undefined ? undefined : Number(repeat.slice(ticketId.length + 1));
}

const isPurchase = (order: Order): boolean =>
  order.status === 'refunded' || (order.status === 'complete' && order.stripeId !== undefined);

/** The buyer cancelled or let the reservation expire. An operator who releases an order does not count against its buyer. */
const isGivenUp = (order: Order): boolean => order.status === 'cancelled' && order.byOperator !== true;
