import { earlyByMs, expirationDelayMs } from './timer.js';

const now = new Date('2026-11-23T12:00:00.000Z');

describe('expiration:complete is published', () => {
  const table: [what: string, expiresAt: string, delayMs: number][] = [
    ['a quarter of a second after the order expires', '2026-11-23T12:15:00.000Z', 900_250],
    ['a quarter of a second from now when the order expires now', '2026-11-23T12:00:00.000Z', 250],
    ['soon when the order has just expired', '2026-11-23T11:59:59.800Z', 50],
    ['at once when that time is now', '2026-11-23T11:59:59.750Z', 0],
    ['at once when order:created arrives late', '2026-11-22T12:00:00.000Z', 0],
  ];
  test.each(table)('%s', (_what, expiresAt, delayMs) => {
    expect(expirationDelayMs(new Date(expiresAt), now)).toBe(delayMs);
  });
});

describe('a timer that a worker takes', () => {
  const table: [what: string, dueInMs: number, earlyMs: number][] = [
    ['an hour early waits for its time', 3_600_000, 3_600_000],
    ['before its order has expired waits for its time', 251, 251],
    ['a little early fires: its order has expired', 250, 0],
    ['late fires', -1_000, 0],
  ];
  test.each(table)('%s', (_what, dueInMs, earlyMs) => {
    expect(earlyByMs(now.getTime() + dueInMs, now)).toBe(earlyMs);
  });
});
