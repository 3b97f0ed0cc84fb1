// The stream of a namespace. It is created or checked on every connect, before anything is published.

import {
  DiscardPolicy,
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

export type StreamLimits = Readonly<{ replicas: number; maxAgeHours: number; maxBytes?: number | undefined }>;

export type StreamOptions = Readonly<{
  namespace: string;
  limits: StreamLimits;
  log: Logger;
  servers: Pick<NatsServers, 'credentials'>;
}>;

const hour = 3_600 * 1e9;
const duplicateWindow = 120 * 1e9;

export const streamName = (namespace: string) => namespace.toUpperCase();

export const subjectOf = (namespace: string, type: string, subject: string) =>
  `${namespace}.${type.replaceAll(':', '.')}.${subject}`;

export const managerOf = (nats: NatsConnection) => jetstreamManager(nats, { checkAPI: false });

/**
 * Creates the stream. If it exists, checks it, applies the limits of this process, and removes consumers that are ahead of
 * it. With credentials, a service may not change the stream or other consumers, so differing limits are only logged.
 * @throws Error when the stream has settings that no service gives it
 */
export async function ensureStream(manager: JetStreamManager, options: StreamOptions): Promise<void> {
  const { namespace, limits, log, servers } = options;
  const stream = streamName(namespace);
  const present = await unlessMissing(manager.streams.info(stream));
  if (!present) {
    await manager.streams.add({
      name: stream,
      subjects: [`${namespace}.>`],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      duplicate_window: duplicateWindow,
      num_replicas: limits.replicas,
      ...settingsOf(limits),
    });
    log.info({ stream, ...limits }, 'stream created');
    return;
  }
  assertIntact(present.config, namespace);
  await applyLimits(manager, options, present.config);
  // With permissions, a service cannot see the consumers of others. A server that knows permissions for this bus
  // removes such consumers by itself (`oldestServerWithUsers`).
  if (!servers.credentials) await removeConsumersAhead(manager, stream, log);
}

// A full stream refuses messages, and the outboxes keep them. By default it would drop the oldest ones, which a service
// that is away has not received (docs/decisions/0049).
function settingsOf({ maxAgeHours, maxBytes }: StreamLimits): Partial<StreamConfig> {
  return {
    max_age: maxAgeHours * hour,
    ...(maxBytes !== undefined && { max_bytes: maxBytes, discard: DiscardPolicy.New }),
  };
}

// After a loss of all data, the first process creates the stream. A stream that sends or takes messages elsewhere, or drops them
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

async function applyLimits(
  manager: JetStreamManager,
  { limits, log, servers }: StreamOptions,
  present: StreamConfig,
): Promise<void> {
  const changes = differences(present, limits);
  if (Object.keys(changes).length === 0) return;
  const { name: stream } = present;
  const { num_replicas: replicas, ...others } = changes;
  if (!servers.credentials) {
    await manager.streams.update(stream, changes);
    return log.info({ stream, ...changes }, 'stream limits changed');
  }
  // With permissions, only the operator may change a stream.
  if (replicas !== undefined)
    log.error(
      { stream, replicas, before: present.num_replicas, alarm: true },
      'the stream has too few replicas: the operator must add them (docs/operations.md)',
    );
  if (Object.keys(others).length > 0)
    log.error(
      { stream, ...limits, differing: Object.keys(others), alarm: true },
      'the stream has other limits than this service: the operator must set them (docs/operations.md)',
    );
}

function differences(present: StreamConfig, limits: StreamLimits): Partial<StreamConfig> {
  const wanted: Partial<StreamConfig> = {
    ...settingsOf(limits),
    // Replicas are never reduced: a process with an old setting would take them away.
    num_replicas: Math.max(limits.replicas, present.num_replicas),
  };
  const differing = Object.entries(wanted).filter(
    ([setting, value]) => present[setting as keyof StreamConfig] !== value,
  );
  return Object.fromEntries(differing);
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
