// How often a sign-in may fail. A try is counted before the password is looked at, so that a thousand guesses at once
// count a thousand; it is given back if the password was right or was never looked at.

/** What has been counted for an account, or for an address, since its window began. */
export type Tries = Readonly<{ count: number; windowEnds: Date }>;

/** Seconds until this try may be made; 0 when it may be made now. The try itself is in the count. */
export function secondsToWait({ count, windowEnds }: Tries, limit: number, now: Date): number {
  if (count <= limit) return 0;
  return Math.max(1, Math.ceil((windowEnds.getTime() - now.getTime()) / 1_000));
}

/**
 * What failures of a client are counted under: its IPv4 address, or the /64 network of its IPv6 address, because
 * whoever has one address of such a network has all of them.
 */
export function networkOf(address: string): string {
  const mapped = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  const groups = [...head, ...zeros, ...tail].slice(0, 4);
  return groups.map((group) => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':');
}
