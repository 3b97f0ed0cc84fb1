// The local time of a venue, as a seller enters it, and the moment that it names.

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** The local time of a moment, as an input of the type `datetime-local` has it: `2026-05-22T20:00`. */
export const localTimeOf = (moment: Date, timeZone: string): string =>
  new Date(moment.getTime() + offsetMs(moment.getTime(), timeZone)).toISOString().slice(0, 16);

/**
 * The moment of a local time; undefined if the text is none. A local time that occurs twice, when clocks go back, is its
 * first occurrence. One that clocks skip is as much later as they are put forward.
 */
export function momentOf(localTime: string, timeZone: string): Date | undefined {
  const asUtc = Date.parse(`${localTime}Z`);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(localTime) || Number.isNaN(asUtc)) return undefined;
  const before = asUtc - offsetMs(asUtc - dayMs, timeZone);
  const after = asUtc - offsetMs(asUtc + dayMs, timeZone);
  const found = [before, after].filter((moment) => moment + offsetMs(moment, timeZone) === asUtc);
  return new Date(found.length > 0 ? Math.min(...found) : before);
}

/** By how much the clocks of a time zone are ahead of UTC. */
function offsetMs(moment: number, timeZone: string): number {
  const options = {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  } as const;
  const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...options });
  const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, value]));
  const [year, month, day, hour, minute] = ['year', 'month', 'day', 'hour', 'minute'].map((part) =>
    Number(parts.get(part as 'year')),
  ) as [number, number, number, number, number];
  const inMinutes = Math.floor(moment / minuteMs) * minuteMs;
  return Date.UTC(year, month - 1, day, hour, minute) - inMinutes;
}

/** The names of all time zones, and these. */
export const timeZones = (...also: readonly string[]): readonly string[] =>
  [...new Set([...also, ...Intl.supportedValuesOf('timeZone')])].sort();

export const ownTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
