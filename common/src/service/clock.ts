// The clock of a service: that of its store, which all its processes share.
//
// Problem: each process stores times and compares them with the times of others. If the clock of one machine is an hour
// ahead, its work is swept an hour late, its seats stay locked and its sessions end early.
// Guarantee: `now` follows the store's clock to within half a round trip, whatever the machine's clock says. Between two
// comparisons it counts on by the monotonic clock, so setting the machine's clock changes nothing.
// Not promised: the true time. If the store's clock is wrong, so is the time of all processes of the service, alike.

import { DependencyDown } from '../errors.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';

export type Clock = Readonly<{
  /** @throws DependencyDown before the first comparison: a wrong time must not be stored */
  now(): Date;
  /** Compares with the store's clock. @throws when the store does not answer */
  compare(): Promise<void>;
  /** For `/readyz`: undefined once the clocks have been compared; until then each call tries to. */
  problem(): Promise<string | undefined>;
}>;

type Parts = Readonly<{
  /** Reads the clock of the store, which is exact to a millisecond. */
  storeTime: () => Promise<Date>;
  log: Logger;
  metrics: Pick<Metrics, 'clockAhead'>;
  /** The clock of the machine and the monotonic clock, in milliseconds. */
  machine?: () => number;
  monotonic?: () => number;
}>;

export const compareEveryMs = 5_000;
const alarmAboveMs = 5_000;

/** Creates the clock. It knows no time before the first `compare`. */
export function createClock({
  storeTime,
  log,
  metrics,
  machine = Date.now,
  monotonic = () => performance.now(),
}: Parts): Clock {
  /** the store's time minus the monotonic time */
  let offsetMs: number | undefined;
  let isFarOff = false;
  let comparing: Promise<void> | undefined;

  async function compareOnce(): Promise<void> {
    const askedAt = monotonic();
    const storeMs = (await storeTime()).getTime();
    offsetMs = nearest(offsetMs, { lowest: storeMs - monotonic(), highest: storeMs + 1 - askedAt });
    report(machine() - monotonic() - offsetMs);
  }

  function report(aheadMs: number): void {
    const aheadSeconds = aheadMs / 1_000;
    metrics.clockAhead.set(aheadSeconds);
    const wasFarOff = isFarOff;
    isFarOff = Math.abs(aheadMs) > alarmAboveMs;
    if (isFarOff && !wasFarOff)
      log.error({ aheadSeconds, alarm: true }, "this machine's clock and the store's differ: set them right");
    else if (wasFarOff && !isFarOff)
      log.info({ aheadSeconds }, "this machine's clock and the store's agree again");
  }

  const compare = () => (comparing ??= compareOnce().finally(() => (comparing = undefined)));

  return {
    now() {
      if (offsetMs === undefined) throw new DependencyDown("the store's clock");
      return new Date(monotonic() + offsetMs);
    },
    compare,
    async problem() {
      if (offsetMs === undefined)
        await compare().catch((error: unknown) => log.debug({ err: error }, 'no time yet'));
      return offsetMs === undefined ? 'not compared with the store yet' : undefined;
    },
  };
}

type Bounds = Readonly<{ lowest: number; highest: number }>;

/**
 * The offset moves only as far as an answer proves it wrong: the store read its clock at some moment between question and
 * answer, so a slow answer has wide bounds and changes nothing. Cristian, "Probabilistic clock synchronization" (1989).
 */
function nearest(offsetMs: number | undefined, { lowest, highest }: Bounds): number {
  if (offsetMs === undefined) return (lowest + highest) / 2;
  return Math.min(Math.max(offsetMs, lowest), highest);
}
