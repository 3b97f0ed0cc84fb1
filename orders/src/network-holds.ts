// Limits the unpaid orders of one network: a hoarder with many accounts usually has one address.
//
// Problem: the processes share the limit, and an exact count for every order would cost too much.
// Guarantee: of the orders that a process lets through, at most a thirtieth of the limit is missing in its last count of the
// store; a further order waits for a count. With N processes a network exceeds the limit by at most N − 1 thirtieths.

import type { Decision } from '@ticketing/common/decision';
import { hashOf } from '@ticketing/common/documents';
import { networkOf } from '@ticketing/common/http';
import type { BuyerNetwork, Order } from './domain/order.js';

const mostNetworks = 10_000;
/** At a full network each process counts once in this time. */
const countedForMs = 1_000;
const countsPerLimit = 30;

type Count = (network: string, limit: number) => Promise<number>;
type Place<C extends string> = (network: BuyerNetwork | undefined) => Promise<Decision<Order, C>>;

export type NetworkHolds = ReturnType<typeof openNetworkHolds>;

/**
 * @param most the limit; 0 for none
 * @param count counts the unpaid orders of a network in the store, up to a limit
 */
export function openNetworkHolds(most: number, count: Count, nowMs = () => performance.now()) {
  // The least recently used comes first.
  const estimates = new Map<string, Estimate>();

  function estimateOf(key: string): Estimate {
    const estimate = estimates.get(key) ?? openEstimate(most, () => count(key, most), nowMs);
    estimates.delete(key);
    estimates.set(key, estimate);
    for (const oldest of estimates.keys()) {
      if (estimates.size <= mostNetworks) break;
      estimates.delete(oldest);
    }
    return estimate;
  }

  return {
    /** Passes the network of an address to `place`, and counts the order that it places. */
    async counted<C extends string>(address: string, place: Place<C>): Promise<Decision<Order, C>> {
      if (most === 0) return place(undefined);
      const key = hashOf(networkOf(address));
      const estimate = estimateOf(key);
      if (!(await estimate.enter())) return place({ key, isFull: true });
      let isHold = false;
      try {
        const decision = await place({ key, isFull: false });
        isHold = decision.outcome === 'accepted' && decision.state.status === 'created';
        return decision;
      } finally {
        estimate.leave(isHold);
      }
    },
  };
}

type Estimate = ReturnType<typeof openEstimate>;

/** The estimated number of unpaid orders of one network. */
function openEstimate(most: number, count: () => Promise<number>, nowMs: () => number) {
  const step = Math.ceil(most / countsPerLimit);
  // The last count, and what this process has let through since.
  let [counted, countedAtMs, placed, inFlight] = [0, Number.NEGATIVE_INFINITY, 0, 0];
  let counting: Promise<void> | undefined;
  // Requests that wait until one in flight has ended.
  let waiting: (() => void)[] = [];
  const isFull = () => counted + placed + inFlight >= most;

  async function recount(): Promise<void> {
    const before = placed;
    counted = await count();
    // An order that was placed during the count may be counted twice until the next one.
    placed -= before;
    countedAtMs = nowMs();
  }

  return {
    /** Waits until one more order is let through: true; or refused by a recent count: false. */
    async enter(): Promise<boolean> {
      for (;;) {
        if (isFull() && nowMs() - countedAtMs < countedForMs) return false;
        if (!isFull() && placed + inFlight < step) {
          inFlight += 1;
          return true;
        }
        if (isFull() || placed > 0) await (counting ??= recount().finally(() => (counting = undefined)));
        else await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },

    /** An order that was let through has ended; `isHold` if it was placed and is unpaid. */
    leave(isHold: boolean): void {
      inFlight -= 1;
      if (isHold) placed += 1;
      const resumed = waiting;
      waiting = [];
      for (const resume of resumed) resume();
    },
  };
}
