/** The instant at which the clock of a time zone shows `at` (`19:30`), `inDays` days after the date of `now` there. */
export function startIn(timeZone: string, inDays: number, at: string, now: Date): Date {
  const shown = (time: Date) => Date.parse(`${time.toLocaleString('sv-SE', { timeZone })}Z`);
  const today = new Date(shown(now)).toISOString().slice(0, 10);
  const wanted = Date.parse(`${today}T${at}Z`) + inDays * 24 * 3_600_000;
  // The zone's offset at about that time. No event starts within the hour in which clocks change.
  const offset = shown(new Date(wanted)) - wanted;
  return new Date(wanted - offset);
}
