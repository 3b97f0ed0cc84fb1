import { localTimeOf, momentOf, timeZones } from './local-time.js';

test.each([
  ['Europe/Berlin', '2026-05-22T20:00', '2026-05-22T18:00:00.000Z'],
  ['Europe/Berlin', '2026-12-31T23:59', '2026-12-31T22:59:00.000Z'],
  ['America/New_York', '2026-07-04T00:00', '2026-07-04T04:00:00.000Z'],
  ['Asia/Kathmandu', '2026-01-01T00:15', '2025-12-31T18:30:00.000Z'],
  ['Pacific/Kiritimati', '2027-01-01T00:00', '2026-12-31T10:00:00.000Z'],
  ['UTC', '2028-02-29T12:30', '2028-02-29T12:30:00.000Z'],
])('in %s, %s is %s, and back', (timeZone, localTime, moment) => {
  expect(momentOf(localTime, timeZone)?.toISOString()).toBe(moment);
  expect(localTimeOf(new Date(moment), timeZone)).toBe(localTime);
});

test.each([
  ['that clocks skip is an hour later', '2026-03-29T02:30', '2026-03-29T01:30:00.000Z'],
  ['that comes twice is the first of both', '2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
  ['after clocks go back is of the winter', '2026-10-25T03:00', '2026-10-25T02:00:00.000Z'],
  ['before clocks go forward is of the winter', '2026-03-29T01:59', '2026-03-29T00:59:00.000Z'],
])('a local time %s', (_what, localTime, moment) => {
  expect(momentOf(localTime, 'Europe/Berlin')?.toISOString()).toBe(moment);
});

test('a moment has its local time, and that time its moment', () => {
  for (const timeZone of ['Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kolkata'])
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 13 * 3_600_000) {
      const found = momentOf(localTimeOf(new Date(at), timeZone), timeZone)?.getTime() ?? NaN;
      // Of an hour that occurs twice, the first occurrence is taken.
      expect([at, at - 3_600_000, at - 1_800_000]).toContain(found);
    }
});

test.each(['', '2026-05-22', 'tomorrow', '2026-13-01T00:00'])('%j is no local time', (text) => {
  expect(momentOf(text, 'UTC')).toBeUndefined();
});

test('a time zone of a ticket is one of the choices, even if this browser does not list it', () => {
  expect(timeZones('US/Eastern', 'Europe/Berlin')).toEqual(
    expect.arrayContaining(['America/New_York', 'Europe/Berlin', 'US/Eastern']),
  );
});
