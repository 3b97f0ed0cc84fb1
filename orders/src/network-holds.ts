// Limits the unpaid places of one network: a hoarder with many accounts usually has one address.
//
// Problem: the processes share the limit, and an exact count for every order would cost too much.
// Guarantee: a process counts the store again before it has let through more than a thirtieth of the limit, or more than one
// order, since its last count. So N processes exceed the limit of a network by at most N − 1 times that number.

import type { Decision } from '@ticketing/common/decision';
import { hashOf } from '@ticketing/common/documents';
import { networkOf } from '@ticketing/common/http';
import { LRUCache } from 'lru-cache';
import type { Order } from './domain/order.js';
import type { BuyerNetwork } from './domain/placement.js';

const maxNetworks = 10_000;
/** At a full network each process counts once in this time. */
const countedForMs = 1_000;
const countsPerLimit = 30;

type Count = (network: string, limit: number) => Promise<number>;
type Place<C extends string> = (network: BuyerNetwork | undefined) => Promise<Decision<Order, C>>;

export type NetworkHolds = ReturnType<typeof openNetworkHolds>;

/**
 * @param most the limit; 0 for none
 * @param count counts the unpaid places of a network in the store, up to a limit
 */
export function openNetworkHolds(most: number, count: Count, nowMs = () => performance.now()) {
  const estimates = new LRUCache<string, Estimate>({ max: maxNetworks });

  function estimateOf(key: string): Estimate {
    const estimate = estimates.get(key) ?? openEstimate(most, () => count(key, most), nowMs);
    estimates.set(key, estimate);
    return estimate;
  }

  return {
    /** Passes the network of an address to `place`, and counts the places of the order that it places. */
    async counted<C extends string>(
      address: string,
      places: number,
      place: Place<C>,
    ): Promise<Decision<Order, C>> {
      if (most === 0) return place(undefined);
      const key = hashOf(networkOf(address));
      const estimate = estimateOf(key);
      if (!(await estimate.enter(places))) return place({ key, isFull: true });
      let isHold = false;
      try {
        const decision = await place({ key, isFull: false });
        isHold = decision.outcome === 'accepted' && decision.state.status === 'created';
        return decision;
      } finally {
        estimate.leave(places, isHold);
      }
    },
  };
}

type Estimate = ReturnType<typeof openEstimate>;

/** The estimated number of unpaid places of one network. */
function openEstimate(most: number, count: () => Promise<number>, nowMs: () => number) {
  const step = Math.ceil(most / countsPerLimit);
  // The last count, and what this process has let through since.
  let [counted, countedAtMs, placed, inFlight] = [0, Number.NEGATIVE_INFINITY, 0, 0];
  let counting: Promise<void> | undefined;
  // Requests that wait until one in flight has ended.
  const waiting: (() => void)[] = [];
  const isFull = (places: number) => counted + placed + inFlight + places > most;
  // As many as may be let through at one time: to wake all for each that leaves would cost the square of their number.
  const wake = () => waiting.splice(0, step).forEach((resume) => resume());

  async function recount(): Promise<void> {
    const before = placed;
    counted = await count();
    // Places of an order that was placed during the count may be counted twice until the next one.
    placed -= before;
    countedAtMs = nowMs();
  }

  return {
    /** Waits for the decision on an order of so many places. True: let through. False: refused by a recent count. */
    async enter(places: number): Promise<boolean> {
      let isLetThrough = false;
      try {
        while (!isFull(places) || nowMs() - countedAtMs >= countedForMs) {
          const unseen = placed + inFlight;
          if (!isFull(places) && (unseen === 0 || unseen + places <= step)) {
            inFlight += places;
            return (isLetThrough = true);
          }
          if (isFull(places) || placed > 0)
            await (counting ??= recount().finally(() => (counting = undefined)));
          else await new Promise<void>((resolve) => waiting.push(resolve));
        }
        return false;
      } finally {
        // `leave` is not called for an order that is not let through, so this wakes the next ones.
        if (!isLetThrough) wake();
      }
    },

    /** An order that was let through has ended; `isHold` if it was placed and is unpaid. */
    leave(places: number, isHold: boolean): void {
      inFlight -= places;
      if (isHold) placed += places;
      wake();
    },
  };
}
