import { isForgottenByBus } from './order.js';

const now = new Date('2026-11-25T12:00:00Z');
const orderOf = (daysAgo: number) =>
  Math.floor(now.getTime() / 1_000 - daysAgo * 86_400).toString(16) + '0'.repeat(16);

test.each([
  [0, false],
  [7, false],
  [9, true],
])('the bus has dropped the order:created of an order that is %d days old: %s', (days, expected) => {
  expect(isForgottenByBus(orderOf(days), now)).toBe(expected);
});
