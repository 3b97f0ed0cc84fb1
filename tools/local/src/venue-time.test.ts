import { startIn } from './venue-time.js';

test.each([
  ['Europe/Berlin', 2, '19:30', '2026-06-01T12:00:00Z', '2026-06-03T17:30:00.000Z'],
  ['Europe/Berlin', 0, '19:30', '2026-12-01T12:00:00Z', '2026-12-01T18:30:00.000Z'],
  // It is still the day before in New York, and the clocks change in between.
  ['America/New_York', 10, '10:00', '2026-10-26T02:00:00Z', '2026-11-04T15:00:00.000Z'],
])('in %s, in %i days at %s', (timeZone, inDays, at, now, start) => {
  expect(startIn(timeZone, inDays, at, new Date(now)).toISOString()).toBe(start);
});
