// The limit of requests in flight. It shrinks while most answers are slow and grows while they are not. Clients have
// shares of it (request-slots.ts).

import { createRequestSlots, type Holder } from './request-slots.js';

/** The limit never shrinks below this: a few slow requests cost little. */
const lowestLimit = 64;
/** A turn of the event loop that takes longer refuses the requests that it still finds. */
const longestTurnMs = 250;

export type Admission = ReturnType<typeof createAdmission>;

type Limits = Readonly<{
  /** Most requests in flight. */
  most: number;
  /** An answer that takes longer is slow. */
  slowMs: number;
}>;

/** Admits every request. */
export const unlimited: Admission = {
  limit: () => 0,
  inFlight: () => 0,
  assign: () => true,
  admit: () => true,
  withdraw: () => undefined,
  done: () => undefined,
  adapt: () => undefined,
};

/** Decides which requests to admit. Times are in milliseconds. */
export function createAdmission({ most, slowMs }: Limits) {
  const least = Math.min(lowestLimit, most);
  let limit = most;
  let peak = 0;
  let answered = 0;
  let slow = 0;
  const slots = createRequestSlots(() => limit);

  return {
    limit: () => limit,
    inFlight: slots.taken,
    assign: slots.assign,

    /**
     * Admits a request unless too many are in flight, its client has its share, or this turn of the event loop, `turnMs`
     * old, is too long.
     */
    admit(turnMs: number, holder: Holder): boolean {
      if (turnMs > longestTurnMs || !slots.take(holder)) return false;
      peak = Math.max(peak, slots.taken());
      return true;
    },

    /** Takes back an admission: the request is not in flight yet. */
    withdraw: slots.giveBack,

    done(tookMs: number, holder: Holder): void {
      slots.giveBack(holder);
      answered += 1;
      if (tookMs > slowMs) slow += 1;
    },

    /** Runs at the end of each window. If nothing was answered, everything in flight is slow. */
    adapt(): void {
      const isSlow = answered === 0 ? slots.taken() > least : slow * 2 > answered;
      // Shrinks from the peak, so that a high limit takes effect at once.
      limit = isSlow
        ? Math.max(least, Math.floor(Math.min(limit, peak) * 0.8))
        : Math.min(most, Math.ceil(limit * 1.1));
      peak = slots.taken();
      answered = 0;
      slow = 0;
    },
  };
}
