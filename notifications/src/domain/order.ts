// The copy of an order: its items and people, which no later event changes, and the news that have notices.

import { accept, already, type Decision } from '@ticketing/common/decision';
import type { Place } from '@ticketing/common/events';
import type { Currency } from '@ticketing/common/money';
import type { Line } from '../templates/types.js';

export type Item = Line & Readonly<{ ticketId: string }>;

export type Order = Readonly<{
  id: string;
  /** the number of changes of this copy */
  version: number;
  userId: string;
  /** Orders of earlier releases name no seller. */
  sellerId?: string | undefined;
  items: readonly Item[];
  total: string;
  currency: Currency;
  expiresAt: Date;
  /** The news about which notices have been stored: `placed`, `paid`, … and the ids of refunds. */
  told: readonly string[];
}>;

export const isNotified = ({ told }: Order, news: string): boolean => told.includes(news);

/** Records that the notices about these news are stored. */
export function recordNotified(order: Order, news: readonly string[]): Decision<Order> {
  const fresh = news.filter((one) => !isNotified(order, one));
  if (fresh.length === 0) return already(order);
  return accept({ ...order, told: [...order.told, ...fresh], version: order.version + 1 });
}

/** The lines of a mail about an order, or about some of its places. */
export function linesOf({ items }: Order, places?: readonly Place[]): Line[] {
  const lines = items.map(({ ticketId, title, price, quantity }) => {
    const some = places?.filter((place) => place.ticketId === ticketId).length;
    return { title, price, quantity: some ?? quantity };
  });
  return lines.filter(({ quantity }) => quantity > 0);
}

const keptByBusMs = 8 * 24 * 3_600_000;

/** When an order was placed: an id begins with its second. */
const placedAtMs = (orderId: string): number => Number.parseInt(orderId.slice(0, 8), 16) * 1_000;

/** Was the order placed so long ago that the bus has dropped its order:created? */
export const isForgottenByBus = (orderId: string, now: Date): boolean =>
  now.getTime() - placedAtMs(orderId) > keptByBusMs;
