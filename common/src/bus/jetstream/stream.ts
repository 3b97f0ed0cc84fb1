// The stream of a namespace. It is created or checked on every connect, before anything is published.

import {
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type ConsumerInfo,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { NatsServers } from '../nats-servers.js';
import type { Logger } from '../../observability/logger.js';

export type StreamOptions = Readonly<{
  namespace: string;
  replicas: number;
  log: Logger;
  servers: Pick<NatsServers, 'credentials'>;
}>;

const sevenDays = 7 * 24 * 3_600 * 1e9;
const duplicateWindow = 120 * 1e9;

export const streamName = (namespace: string) => namespace.toUpperCase();

export const subjectOf = (namespace: string, type: string, subject: string) =>
  `${namespace}.${type.replaceAll(':', '.')}.${subject}`;

export const managerOf = (nats: NatsConnection) => jetstreamManager(nats, { checkAPI: false });

/**
 * Creates the stream, or adds replicas to it, and removes consumers that are ahead of it.
 * @throws Error when the stream is not as a service creates it
 */
export async function ensureStream(manager: JetStreamManager, options: StreamOptions): Promise<void> {
  const { namespace, replicas, log, servers } = options;
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
  assertIntact(present.config, namespace);
  // Replicas are never reduced: a process with an old setting would take them away.
  if (present.config.num_replicas < replicas)
    await addReplicas(manager, options, present.config.num_replicas);
  // With permissions, a service cannot see the consumers of others. A server that knows permissions for this bus
  // removes such consumers by itself (`oldestServerWithUsers`).
  if (!servers.credentials) await removeConsumersAhead(manager, stream, log);
}

// Whoever is first after a loss of all data creates the stream. One that sends or takes messages elsewhere, or drops them
// early, was not created by our code.
function assertIntact(config: StreamConfig, namespace: string): void {
  const { subjects, retention, mirror, sources = [], subject_transform, republish } = config;
  const isIntact =
    subjects.join() === `${namespace}.>` &&
    retention === RetentionPolicy.Limits &&
    !(mirror ?? subject_transform ?? republish) &&
    sources.length === 0 &&
    config.max_msgs <= 0 &&
    config.max_msgs_per_subject <= 0;
  if (!isIntact)
    throw new Error(
      `the stream ${config.name} has foreign settings: delete it, and the services create it again`,
    );
}

async function addReplicas(
  manager: JetStreamManager,
  { namespace, replicas, log, servers }: StreamOptions,
  before: number,
): Promise<void> {
  const stream = streamName(namespace);
  if (servers.credentials)
    return log.error(
      { stream, replicas, before, alarm: true },
      'the stream has too few replicas: the operator must add them (docs/operations.md)',
    );
  await manager.streams.update(stream, { num_replicas: replicas });
  log.info({ stream, replicas, before }, 'stream replicas added');
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
