// Limits the unpaid orders of one network: a hoarder with many accounts usually has one address.
//
// Problem: the processes share the limit, and an exact count for every order would cost too much.
// Guarantee: a process counts in the store before it refuses, and after each thirtieth of the limit that it has let through
// itself. With N processes a network therefore exceeds the limit by at most N − 1 thirtieths.

import type { Decision } from '@ticketing/common/decision';
import { hashOf } from '@ticketing/common/documents';
import { networkOf } from '@ticketing/common/http';
import type { BuyerNetwork, Order } from './domain/order.js';

const mostNetworks = 10_000;
/** At a full network each process counts once in this time. */
const countedForMs = 1_000;
const countsPerLimit = 30;

/** What this process knows about a network. The sum of the numbers is the estimate. */
type Known = {
  /** orders at the last count in the store */
  counted: number;
  countedAtMs: number;
  /** orders that this process has placed since */
  placed: number;
  inFlight: number;
  counting: Promise<void> | undefined;
};

const nothing: Known = {
  ...{ counted: 0, countedAtMs: Number.NEGATIVE_INFINITY, placed: 0, inFlight: 0 },
  counting: undefined,
};

export type NetworkHolds = ReturnType<typeof openNetworkHolds>;

/**
 * @param most the limit; 0 for none
 * @param count counts the unpaid orders of a network in the store, up to a limit
 */
export function openNetworkHolds(
  most: number,
  count: (network: string, limit: number) => Promise<number>,
  nowMs: () => number = () => performance.now(),
) {
  // The least recently used comes first.
  const networks = new Map<string, Known>();
  const step = Math.ceil(most / countsPerLimit);
  const isFull = ({ counted, placed, inFlight }: Known) => counted + placed + inFlight >= most;

  function knownOf(key: string): Known {
    const known = networks.get(key) ?? { ...nothing };
    networks.delete(key);
    networks.set(key, known);
    for (const oldest of networks.keys()) {
      if (networks.size <= mostNetworks) break;
      networks.delete(oldest);
    }
    return known;
  }

  async function recount(key: string, known: Known): Promise<void> {
    const { placed } = known;
    known.counted = await count(key, most);
    // An order that was placed during the count may be counted twice until the next one.
    known.placed -= placed;
    known.countedAtMs = nowMs();
  }

  async function enter(key: string): Promise<Known> {
    const known = knownOf(key);
    const isFresh = nowMs() - known.countedAtMs < countedForMs;
    if (known.placed >= step || (isFull(known) && !isFresh))
      await (known.counting ??= recount(key, known).finally(() => (known.counting = undefined)));
    return known;
  }

  return {
    /** Passes the network of an address to `place`, and counts the order that it places. */
    async counted<C extends string>(
      address: string,
      place: (network: BuyerNetwork | undefined) => Promise<Decision<Order, C>>,
    ): Promise<Decision<Order, C>> {
      if (most === 0) return place(undefined);
      const key = hashOf(networkOf(address));
      const known = await enter(key);
      if (isFull(known)) return place({ key, isFull: true });
      known.inFlight += 1;
      try {
        const decision = await place({ key, isFull: false });
        if (decision.outcome === 'accepted' && decision.state.status === 'created') known.placed += 1;
        return decision;
      } finally {
        known.inFlight -= 1;
      }
    },
  };
}
