// The largest number of open streams: of this process, and of each network and user in it.

import { Refusal } from '../errors.js';

export type StreamCaps = Readonly<{
  MAX_STREAMS: number;
  MAX_STREAMS_PER_ADDRESS: number;
  MAX_STREAMS_PER_USER: number;
}>;

export type StreamHolder = Readonly<{ network: string; user?: string | undefined }>;

// A stream lasts long: another one of the same client ends rather than a place becomes free.
const retryAfterSeconds = 10;

export function createStreamCaps(caps: StreamCaps) {
  const held = new Map<string, number>();
  let open = 0;

  const keysOf = ({ network, user }: StreamHolder): [key: string, most: number][] => [
    [`network ${network}`, caps.MAX_STREAMS_PER_ADDRESS],
    ...(user === undefined ? [] : [[`user ${user}`, caps.MAX_STREAMS_PER_USER] as [string, number]]),
  ];

  function add(holder: StreamHolder, change: 1 | -1): void {
    open += change;
    for (const [key] of keysOf(holder)) {
      const count = (held.get(key) ?? 0) + change;
      if (count === 0) held.delete(key);
      else held.set(key, count);
    }
  }

  return {
    /**
     * Takes a place, until the returned function gives it back.
     * @throws Refusal if the client has its share, or no place is free
     */
    take(holder: StreamHolder): () => void {
      if (keysOf(holder).some(([key, most]) => (held.get(key) ?? 0) >= most))
        throw new Refusal('too-many-streams', { retryAfterSeconds });
      if (open >= caps.MAX_STREAMS) throw new Refusal('unavailable', { retryAfterSeconds });
      add(holder, 1);
      return () => add(holder, -1);
    },
  };
}
