// The stream of a namespace. It is created or checked on every connect, before anything is published.

import {
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type ConsumerInfo,
  type JetStreamManager,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from '../../observability/logger.js';

export type StreamOptions = Readonly<{ namespace: string; replicas: number; log: Logger }>;

const sevenDays = 7 * 24 * 3_600 * 1e9;
const duplicateWindow = 120 * 1e9;

export const streamName = (namespace: string) => namespace.toUpperCase();

export const subjectOf = (namespace: string, type: string, subject: string) =>
  `${namespace}.${type.replaceAll(':', '.')}.${subject}`;

export const managerOf = (nats: NatsConnection) => jetstreamManager(nats, { checkAPI: false });

/** Creates the stream, or adds replicas to it, and removes consumers that are ahead of it. */
export async function ensureStream(
  manager: JetStreamManager,
  { namespace, replicas, log }: StreamOptions,
): Promise<void> {
  const stream = streamName(namespace);
  const present = await unlessMissing(manager.streams.info(stream));
  if (!present) {
    await manager.streams.add({
      name: stream,
      subjects: [`${namespace}.>`],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      max_age: sevenDays,
      num_replicas: replicas,
      duplicate_window: duplicateWindow,
    });
    log.info({ stream, replicas }, 'stream created');
    return;
  }
  // Replicas are never reduced: a process with an old setting would take them away.
  if (present.config.num_replicas < replicas) {
    await manager.streams.update(stream, { num_replicas: replicas });
    log.info({ stream, replicas, before: present.config.num_replicas }, 'stream replicas added');
  }
  await removeConsumersAhead(manager, stream, log);
}

// A server that lost the tail of its stream assigns the same sequence numbers again. A consumer that is ahead silently
// skips the new messages with those numbers (nats-server #5412). So every process removes such consumers, of all
// services, before it publishes. Each service then creates its consumer again and reads from the first message.
async function removeConsumersAhead(manager: JetStreamManager, stream: string, log: Logger): Promise<void> {
  const consumers: ConsumerInfo[] = [];
  for await (const consumer of manager.consumers.list(stream)) consumers.push(consumer);
  // The stream is read after the consumers. Read before them, it would be behind a consumer that advances meanwhile.
  const { state } = await manager.streams.info(stream);
  for (const { name, delivered } of consumers) {
    if (delivered.stream_seq <= state.last_seq) continue;
    log.error(
      { consumer: name, at: delivered.stream_seq, lastStored: state.last_seq, alarm: true },
      'consumer removed: the stream lost its tail',
    );
    await manager.consumers.delete(stream, name);
  }
}

/** Turns "not found" into undefined. */
export async function unlessMissing<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.status === 404) return undefined;
    throw error;
  }
}
