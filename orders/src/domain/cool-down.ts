// How soon a buyer may take a ticket again that they did not pay for. Without a delay, one buyer could keep a ticket from
// everybody else for ever: reserve it, let the reservation end, and reserve it again at once.

import { delaySeconds, secondsToWait } from '@ticketing/common/failure-rule';
import type { Order } from './order.js';

/** `endedAt`: when the order reached its present state. */
export type EarlierOrder = Readonly<{ order: Order; endedAt: Date }>;

// The first repeat is free: an honest buyer whose browser failed comes back once. Each further one waits for a part of the
// reservation window, and finally for a whole one, so that others find the ticket free half of the time.
const free = 2;
const partsOfWindow = [16, 8, 4, 2, 1];
const rememberedWindows = 100;

/** The number of a buyer's latest orders for a ticket that the rule needs. */
export const mostEarlier = free + partsOfWindow.length;

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
  const last = givenUp[0]?.endedAt;
  return secondsToWait(last && new Date(last.getTime() + delayMs), now);
}

/** Numbers a buyer's orders for a ticket: 0, 1, 2 … */
export const nextRepeat = ([last]: readonly EarlierOrder[]): number =>
  last?.order.repeat === undefined ? 0 : last.order.repeat + 1;

const isPurchase = (order: Order): boolean =>
  order.status === 'refunded' || (order.status === 'complete' && order.stripeId !== undefined);

/** The buyer cancelled or let the reservation expire. An operator who releases an order does not count against its buyer. */
const isGivenUp = (order: Order): boolean => order.status === 'cancelled' && order.byOperator !== true;
