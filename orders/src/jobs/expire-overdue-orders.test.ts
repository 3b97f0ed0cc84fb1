import { accept } from '@ticketing/common/decision';
import { jobCause } from '@ticketing/common/observability';
import { expireOverdueOrders } from './expire-overdue-orders.js';

const now = new Date('2026-11-23T12:00:00Z');
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1_000);
const graceSeconds = 60;

/** Runs the job on one overdue order; returns whether the order was expired. */
async function isExpired(
  overdueSeconds: number,
  storesSeconds: number | undefined,
  caughtUp: boolean,
  isFailing = false,
): Promise<boolean> {
  const expired: string[] = [];
  const order = { id: 'a', expiresAt: secondsAgo(overdueSeconds) };
  const job = expireOverdueOrders({
    config: { OVERDUE_AFTER_MS: 0, PAYMENT_GRACE_SECONDS: graceSeconds, BUS_SETTLING_MS: 5_000 },
    now: () => now,
    bus: {
      storesForMs: () => (storesSeconds === undefined ? undefined : storesSeconds * 1_000),
      caughtUp: async () => caughtUp,
    },
    parkedMessages: { hasFailing: async () => isFailing },
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

test.each<[overdue: number, stores: number | undefined, caughtUp: boolean, expected: boolean]>([
  [1, 600, true, true],
  [1, 600, false, false],
  [1, 1, true, false],
  [600, 1, true, false],
  [600, undefined, true, false],
  [graceSeconds + 1, 600, false, true],
  [600, graceSeconds + 1, false, true],
])(
  'an order overdue for %d s, with the bus storing for %s s and payments caught up %s, is expired: %s',
  async (overdue, stores, caughtUp, expected) => {
    expect(await isExpired(overdue, stores, caughtUp)).toBe(expected);
  },
);

test('an order is not expired while the handling of a payment fails, until the grace period is over', async () => {
  expect(await isExpired(1, 600, true, true)).toBe(false);
  expect(await isExpired(graceSeconds + 1, 600, true, true)).toBe(true);
});
