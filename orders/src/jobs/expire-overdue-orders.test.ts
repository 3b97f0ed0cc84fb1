import { accept } from '@ticketing/common/decision';
import { ExpirationComplete, PaymentCreated } from '@ticketing/common/events';
import { jobCause } from '@ticketing/common/observability';
import { expireOverdueOrders } from './expire-overdue-orders.js';

const now = new Date('2026-11-23T12:00:00Z');
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1_000);
const graceSeconds = 60;
const payments = PaymentCreated.type;
const timers = ExpirationComplete.type;
const all = [payments, timers];

/** Runs the job on one overdue order; returns whether the order was expired. */
async function isExpired(
  overdueSeconds: number,
  storesSeconds: number | undefined,
  caughtUpOn: readonly string[],
  isFailing = false,
): Promise<boolean> {
  const expired: string[] = [];
  const order = { id: 'a', expiresAt: secondsAgo(overdueSeconds) };
  const job = expireOverdueOrders({
    config: { OVERDUE_AFTER_MS: 0, PAYMENT_GRACE_SECONDS: graceSeconds, BUS_SETTLING_MS: 5_000 },
    now: () => now,
    bus: {
      storesForMs: () => (storesSeconds === undefined ? undefined : storesSeconds * 1_000),
      caughtUp: async (type: string) => caughtUpOn.includes(type),
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

test.each<[overdue: number, stores: number | undefined, of: string, expected: boolean, on: string[]]>([
  [1, 600, 'all', true, all],
  [1, 600, 'timers only', false, [timers]],
  [1, 600, 'payments only', false, [payments]],
  [1, 1, 'all', false, all],
  [600, 1, 'all', false, all],
  [600, undefined, 'all', false, all],
  [graceSeconds + 1, 600, 'none', true, []],
  [600, graceSeconds + 1, 'none', true, []],
])(
  'an order overdue for %d s, with the bus storing for %s s and the consumer caught up on %s, is expired: %s',
  async (overdue, stores, _of, expected, caughtUpOn) => {
    expect(await isExpired(overdue, stores, caughtUpOn)).toBe(expected);
  },
);

test('an order is not expired while the handling of a payment fails, until the grace period is over', async () => {
  expect(await isExpired(1, 600, all, true)).toBe(false);
  expect(await isExpired(graceSeconds + 1, 600, all, true)).toBe(true);
});
