// What a bus promises, whichever server stands behind it.
//
// - `publish` resolves when the broker has stored the message, and only then.
// - Each service gets every message of the types it asks for at least once; its processes share the work.
// - Order is not promised, nor "only once": whoever reads must be able to take both (versions do).

import type { Envelope } from '../events/event.js';
import type { Logger } from '../observability/logger.js';

export type BusOptions = Readonly<{
  url: string;
  namespace: string;
  /** shown by the server among its connections */
  clientName: string;
  log: Logger;
  /** when a message that was neither acknowledged nor refused is delivered again */
  ackWaitMs?: number | undefined;
  /** Called once when the server cannot do what is asked of it; the process should end. */
  onUnusable: (error: Error) => void;
}>;

export type BusMessage = Readonly<{
  /** the stored bytes, unparsed: they may be anything */
  body: string;
  /** 1 at the first delivery */
  tries: number;
  storedAt: Date;
  /** handled, or put where it will not be lost: never deliver it again */
  ack(): void;
  /** deliver it again, not before `delayMs`; NATS Streaming: when its ackWait is over */
  retry(delayMs: number): void;
  /** still in hand: do not deliver it to anybody else yet */
  stillWorking(): void;
}>;

export type Consumption = Readonly<{
  /** name of the service: its processes share one durable position */
  service: string;
  types: readonly string[];
  /** how many messages are in hand at once, in this process */
  concurrency: number;
  /** must not throw */
  deliver: (message: BusMessage) => Promise<void>;
}>;

export interface Bus {
  /** Since when the server has been reachable; undefined while it is not. */
  connectedSince(): Date | undefined;
  /**
   * Which start of a single server this is: another one after a restart, from which the last messages may be missing.
   * undefined while disconnected, and always for a cluster, whose members keep copies.
   */
  serverId(): string | undefined;
  /** @throws DependencyDown when the broker did not confirm; it may be stored all the same, so repeat with the same id. */
  publish(envelope: Envelope): Promise<void>;
  /** Starts consuming and keeps at it through restarts of the server until `close`. */
  consume(consumption: Consumption): void;
  /**
   * Has this service handled every message of `type` that was stored before the call? Waits up to `timeoutMs` for it.
   * A server that cannot tell answers true while it is connected.
   */
  caughtUp(type: string, timeoutMs: number): Promise<boolean>;
  /** Stops taking messages and resolves when those in hand are done. Publishing still works. */
  stopConsuming(): Promise<void>;
  close(): Promise<void>;
}

/** What a log may show of a URL: never the credentials. */
export function hostsOf(urls: string): string {
  return urls.replaceAll(/\/\/[^@/]*@/g, '//');
}
