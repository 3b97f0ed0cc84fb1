// The AsyncAPI description of the events: who sends what to whom, over which of the two buses.
// https://www.asyncapi.com/docs/reference/specification/v3.0.0

import { root } from '@ticketing/common/testing/servers';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allEvents, Envelope } from '@ticketing/common/events';
import { services } from './tables.js';
import { createSchemas, type Json } from './schemas.js';

type Event = (typeof allEvents)[number];

const samples = join(root, 'common', 'src', 'events', 'samples');

// NAMESPACE is `ticketing` unless it is set.
const buses = {
  jetstream: {
    server: {
      host: 'nats-srv:4222',
      protocol: 'nats',
      description:
        'NATS JetStream (EVENT_BUS=jetstream): one stream, a durable pull consumer for each service.',
    },
    address: (type: string) => `ticketing.${type.replaceAll(':', '.')}.{subject}`,
    parameters: { subject: { description: 'The id of the thing that the event is about.' } },
  },
  'nats-streaming': {
    server: {
      host: 'nats-srv:4222',
      protocol: 'nats',
      description: 'NATS Streaming (EVENT_BUS=nats-streaming): a durable queue group for each service.',
    },
    address: (type: string) => `ticketing.${type}`,
    parameters: {},
  },
} as const;

const busNames = Object.keys(buses) as (keyof typeof buses)[];
const plain = (type: string) => type.replaceAll(':', '.');

/** The document, as JSON. */
export function describeEvents(): Json {
  const { components, of } = createSchemas();
  const messages = Object.fromEntries(
    allEvents.map((event) => [plain(event.type), message(event, of(event.schema, 'input'))]),
  );
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Ticketing events',
      version: '1.0.0',
      description:
        'What the services tell each other. An event may come twice, late and out of order: the `version` in its data says which is newer. A copy has the same `id`; one that its publisher tells again, after the bus has lost some, has a fresh one.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: Object.fromEntries(busNames.map((bus) => [bus, buses[bus].server])),
    channels: Object.fromEntries(
      busNames.flatMap((bus) => allEvents.map(({ type }) => [channelName(bus, type), channel(bus, type)])),
    ),
    operations: Object.fromEntries(
      busNames.flatMap((bus) => allEvents.flatMap((event) => operations(bus, event))),
    ),
    components: { messages, schemas: components },
  };
}

const channelName = (bus: string, type: string) => `${bus}.${plain(type)}`;

function channel(bus: keyof typeof buses, type: string): Json {
  const { address, parameters } = buses[bus];
  return {
    address: address(type),
    parameters,
    servers: [{ $ref: `#/servers/${bus}` }],
    messages: { [plain(type)]: { $ref: `#/components/messages/${plain(type)}` } },
  };
}

function operations(bus: string, { type, source }: Event): [string, Json][] {
  const on = channelName(bus, type);
  const operation = (who: string, action: 'send' | 'receive'): [string, Json] => [
    `${who}.${action}.${on}`,
    {
      action,
      title: `${who} ${action}s ${type}`,
      channel: { $ref: `#/channels/${on}` },
      messages: [{ $ref: `#/channels/${on}/messages/${plain(type)}` }],
    },
  ];
  const readers = services.filter(({ consumes }) => consumes.includes(type)).map(({ name }) => name);
  return [operation(source, 'send'), ...readers.map((name) => operation(name, 'receive'))];
}

function message({ type, source }: Event, data: Json): Json {
  const sample = readFileSync(join(samples, `${type.replaceAll(':', '-')}.json`), 'utf8');
  const hasVersion = 'version' in (data['properties'] as Json);
  const { $schema: _, ...envelope } = createSchemas().of(Envelope, 'input') as Json & { properties: Json };
  return {
    name: type,
    title: type,
    summary: `CloudEvents 1.0; the \`id\` is ${type}/<subject>/<${hasVersion ? 'version' : 'a UUID'}>.`,
    contentType: 'application/json',
    payload: {
      ...envelope,
      properties: { ...envelope.properties, type: { const: type }, source: { const: source }, data },
    },
    examples: [{ name: 'sample', payload: JSON.parse(sample) as Json }],
  };
}
