// Divides a bounded number of slots between clients, so that a greedy one leaves slots for the others.
//
// A client may hold at most `ratio` times as many slots as are free (dynamic thresholds: Choudhury and Hahne, 1998).
// Alone it gets ratio / (1 + ratio) of all slots. The fewer slots are free, the fewer a single client may hold, so a
// newcomer finds one. Not promised: protection from a crowd of networks, which only the limit itself bounds.

/** The client that takes a slot. Its user is known after the session was read. */
export type Holder = Readonly<{ network: string; user?: string | undefined }>;

// A venue of hundreds of people is one network: alone it gets three quarters. A user alone gets a fifth.
const networkRatio = 3;
const userRatio = 1 / 4;
/** A client that holds fewer slots than this is not greedy. */
const leastShare = 4;

export type RequestSlots = ReturnType<typeof createRequestSlots>;

export function createRequestSlots(limit: () => number) {
  const networks = createShares(networkRatio);
  const users = createShares(userRatio);
  let taken = 0;

  // After the limit has shrunk, what a network holds beyond its share counts against that network only.
  function freeSlots(): number {
    const free = limit() - taken;
    if (free > 0) return free;
    const share = Math.floor((limit() * networkRatio) / (1 + networkRatio));
    return limit() - networks.heldWithin(Math.max(leastShare, share));
  }

  return {
    taken: () => taken,

    /** Takes a slot. Returns false if none is free for this client. */
    take({ network, user }: Holder): boolean {
      const free = freeSlots();
      if (free <= 0 || !networks.mayTake(network, free) || !users.mayTake(user, free)) return false;
      taken += 1;
      networks.add(network, 1);
      users.add(user, 1);
      return true;
    },

    /** Assigns a slot that is already taken to this user. Returns false if the user already has its share. */
    assign(user: string): boolean {
      if (!users.mayTake(user, freeSlots() + 1)) return false;
      users.add(user, 1);
      return true;
    },

    giveBack({ network, user }: Holder): void {
      taken -= 1;
      networks.add(network, -1);
      users.add(user, -1);
    },
  };
}

function createShares(ratio: number) {
  const held = new Map<string, number>();
  return {
    mayTake: (key: string | undefined, free: number) =>
      key === undefined || (held.get(key) ?? 0) < Math.max(leastShare, ratio * free),

    /** The sum of the slots of all clients, in which each client counts for at most `most`. */
    heldWithin(most: number): number {
      let sum = 0;
      for (const count of held.values()) sum += Math.min(count, most);
      return sum;
    },

    add(key: string | undefined, change: 1 | -1): void {
      if (key === undefined) return;
      const count = (held.get(key) ?? 0) + change;
      if (count === 0) held.delete(key);
      else held.set(key, count);
    },
  };
}
