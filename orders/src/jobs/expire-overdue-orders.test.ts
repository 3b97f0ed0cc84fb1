import { accept } from '@ticketing/common/decision';
import { jobCause } from '@ticketing/common/observability';
import { expireOverdueOrders } from './expire-overdue-orders.js';

const now = new Date('2026-11-23T12:00:00Z');
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1_000);
const graceSeconds = 60;

/** Runs the job on one overdue order; returns whether the order was expired. */
async function isExpired(
  overdueSeconds: number,
  connectedSeconds: number,
  caughtUp: boolean,
): Promise<boolean> {
  const expired: string[] = [];
  const order = { id: 'a', expiresAt: secondsAgo(overdueSeconds) };
  const job = expireOverdueOrders({
    config: { OVERDUE_AFTER_MS: 0, PAYMENT_GRACE_SECONDS: graceSeconds },
    now: () => now,
    bus: { connectedSince: () => secondsAgo(connectedSeconds), caughtUp: async () => caughtUp },
    orders: {
      findDueBefore: async () => [order],
      change: async (id: string) => {
        expired.push(id);
        return accept(order);
      },
    },
    metrics: { swept: { inc: () => undefined }, released: () => undefined },
    log: { warn: () => undefined },
  } as never);
  await job({ cause: jobCause('test') });
  return expired.length > 0;
}

test.each<[overdue: number, connected: number, caughtUp: boolean, expected: boolean]>([
  [1, 600, true, true],
  [1, 600, false, false],
  [1, 1, true, false],
  [600, 1, true, false],
  [graceSeconds + 1, 600, false, true],
  [600, graceSeconds + 1, false, true],
])(
  'an order overdue for %d s, with the bus connected for %d s and payments caught up %s, is expired: %s',
  async (overdue, connected, caughtUp, expected) => {
    expect(await isExpired(overdue, connected, caughtUp)).toBe(expected);
  },
);
