// Hears every event of the bus: JetStream or NATS Streaming.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBus } from '@ticketing/common/bus';
import { allEvents, Envelope } from '@ticketing/common/events';
import type { Logger } from '@ticketing/common/observability';
import { root } from '@ticketing/common/testing/servers';
import type { InspectConfig } from './config.js';
import type { Feed } from './feed.js';
import type { Purchases } from './purchases.js';

/** The generated description of all events. */
export const description = join(root, 'docs', 'api', 'asyncapi.json');

type Parts = Readonly<{ feed: Feed; purchases: Purchases; log: Logger; heard: () => void }>;

export function hearEvents(config: InspectConfig, { feed, purchases, log, heard }: Parts) {
  const consumersOf = consumersIn(description);
  const bus = openBus(config, {
    clientName: 'inspect',
    log,
    onUnusable: (error) => {
      throw error;
    },
  });
  bus.listen({
    types: allEvents.map(({ type }) => type),
    missed: heard,
    hear(body) {
      const envelope = parsed(body());
      if (!envelope) return;
      const { id, type, subject, source } = envelope;
      // The time of arrival by this machine's clock, which also stamps the writes of MongoDB.
      const at = new Date().toISOString();
      const orderId = purchases.ofEvent(envelope);
      const flow = { from: source, to: consumersOf(type), orderId };
      feed.add({ kind: 'event', at, id, type, subject, ...flow, data: withoutPersonalData(envelope) });
    },
  });
  return bus;
}

function parsed(body: string): Envelope | undefined {
  try {
    return Envelope.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/** Which services consume each type, by the description. */
export function consumersIn(file: string): (type: string) => readonly string[] {
  const { operations } = JSON.parse(readFileSync(file, 'utf8')) as { operations: Record<string, object> };
  const names = Object.keys(operations);
  return (type) => {
    const end = `.receive.jetstream.${type.replaceAll(':', '.')}`;
    return names.filter((name) => name.endsWith(end)).map((name) => name.slice(0, -end.length));
  };
}

const publicOfUsers = new Set(['id', 'version', 'emailVerified', 'locale', 'timeZone', 'at', 'by']);

/** The data of an event. Of events about users, only what says nothing about the person. */
export function withoutPersonalData({ source, data }: Pick<Envelope, 'source' | 'data'>): unknown {
  if (source !== 'auth' || data === null || typeof data !== 'object') return data;
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, publicOfUsers.has(name) ? value : '•••']),
  );
}
