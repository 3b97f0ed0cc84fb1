import { delayUntilAnnounced } from './timer.js';

const now = new Date('2026-11-23T12:00:00.000Z');

describe('the expiration of an order is announced', () => {
  const table: [what: string, expiresAt: string, delayMs: number][] = [
    ['a quarter of a second after its window', '2026-11-23T12:15:00.000Z', 900_250],
    ['soon when the window closes now', '2026-11-23T12:00:00.000Z', 250],
    ['soon when the window has just closed', '2026-11-23T11:59:59.800Z', 50],
    ['at once when that moment is now', '2026-11-23T11:59:59.750Z', 0],
    ['at once when the order comes late', '2026-11-22T12:00:00.000Z', 0],
  ];
  test.each(table)('%s', (_what, expiresAt, delayMs) => {
    expect(delayUntilAnnounced(new Date(expiresAt), now)).toBe(delayMs);
  });
});
