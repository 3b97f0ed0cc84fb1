// The interface of a bus, and what it guarantees on every broker:
//
// - `publish` resolves only after the broker has stored the message.
// - Each service receives every message of its types at least once; its processes share the messages.
// - Not promised: order and exactly-once. Consumers handle both by comparing versions.

import type { Envelope } from '../events/event.js';
import type { Logger } from '../observability/logger.js';
import type { NatsServers } from './nats-servers.js';

export type BusOptions = Readonly<{
  servers: NatsServers;
  namespace: string;
  /** the name that the server shows for this connection */
  clientName: string;
  log: Logger;
  /** time after which an unacknowledged message is delivered again */
  ackWaitMs?: number | undefined;
  /** Called when the server can never be used, such as one too old; the process should end. */
  onUnusable: (error: Error) => void;
  /** Called for each publish that the connected server does not confirm. */
  onRefused?: ((type: string) => void) | undefined;
}>;

export type BusMessage = Readonly<{
  /** the stored bytes, not parsed or validated */
  body: string;
  /** The broker has delivered it before. */
  isRedelivery: boolean;
  storedAt: Date;
  /** Whether the message came on the subject of such an event. A broker grants each service only subjects of its own. */
  isOnSubjectOf(event: Pick<Envelope, 'type' | 'subject'>): boolean;
  /** The message is handled, parked or stored as a dead letter: do not deliver it again. */
  ack(): void;
  /** Deliver it again after `delayMs`. NATS Streaming delivers it after the ack wait instead. */
  retry(delayMs: number): void;
  /** Extends the ack wait: the handler still runs. */
  stillWorking(): void;
  /** The handler has ended. The message stays in flight, but another one may be delivered in its place. */
  handlerEnded(): void;
}>;

export type Consumption = Readonly<{
  /** name of the service; its processes share one durable position */
  service: string;
  types: readonly string[];
  /** the most messages whose handlers run in this process; ten times as many may be in flight */
  concurrency: number;
  /** how long the first of several messages waits for the others, because a group costs less; NATS Streaming ignores it */
  gatherMs?: number | undefined;
  /** must not throw */
  deliver: (message: BusMessage) => Promise<void>;
}>;

export type Listening = Readonly<{
  types: readonly string[];
  /** Called with each message; must not throw. Nothing is acknowledged: a message may be missing or come twice. */
  hear: (body: () => string) => void;
  /** Called when messages may be missing: after every connect. Must not throw. */
  missed: () => void;
}>;

export interface Bus {
  /** Time of the current connection by `performance.now()`; undefined while disconnected. */
  connectedSince(): number | undefined;
  /** Why the connected broker does not store our messages at the moment; undefined when it does. */
  refusal(): string | undefined;
  /**
   * For how many milliseconds the broker has stored our messages without interruption, by a clock that is never set;
   * undefined while disconnected or refused.
   */
  storesForMs(): number | undefined;
  /**
   * Identifies one start of a single server. It changes with a restart, which may lose the last messages.
   * Undefined while disconnected, and always for a cluster, whose servers replicate the messages.
   */
  serverId(): string | undefined;
  /** @throws DependencyDown when the broker did not confirm. The message may be stored all the same: retry with its id. */
  publish(envelope: Envelope): Promise<void>;
  /** Consumes, also across restarts of the server, until `stopConsuming` or `close`. */
  consume(consumption: Consumption): void;
  /** Hears in this process every message of these types, whichever process handles it, from the next connect until `close`. */
  listen(listening: Listening): void;
  /**
   * Waits up to `timeoutMs` until this service has handled every message of `type` stored before the call.
   * Returns whether it has. NATS Streaming cannot report it, and the result is true while connected.
   */
  caughtUp(type: string, timeoutMs: number): Promise<boolean>;
  /**
   * Whether the broker stores an event of this type about this subject. NATS Streaming cannot tell, and the result is false.
   * @throws DependencyDown when the broker does not answer
   */
  hasStored(type: string, subject: string): Promise<boolean>;
  /**
   * How much of the broker's window of unacknowledged messages this service uses, and how many messages wait outside of it
   * (NATS Streaming does not tell); undefined while disconnected.
   */
  window(): Promise<{ used: number; limit: number; waiting?: number } | undefined>;
  /**
   * Bytes of the stored messages of all services, on each server, and the limit beyond which the broker refuses more;
   * undefined while disconnected. NATS Streaming does not tell.
   */
  stored(): Promise<{ bytes: number; limit?: number } | undefined>;
  /**
   * Removes the stored messages of these types about this subject, also those that a consumer has not received yet. They
   * may never be delivered. Returns whether it has: NATS Streaming cannot, and its messages stay until they are too old.
   * @throws DependencyDown when the broker did not confirm
   */
  erase(types: readonly string[], subject: string): Promise<boolean>;
  /** Takes no further messages, and resolves when the in-flight ones are settled. Publishing still works. */
  stopConsuming(): Promise<void>;
  close(): Promise<void>;
}
