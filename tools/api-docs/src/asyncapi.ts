// The AsyncAPI description of the events: their publishers, consumers and channels on both buses.
// https://www.asyncapi.com/docs/reference/specification/v3.1.0

import { root } from '@ticketing/common/testing/servers';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allEvents, Envelope } from '@ticketing/common/events';
import { contact, tags } from './prose.js';
import { services } from './tables.js';
import { createSchemas, type Json } from './schemas.js';

type Event = (typeof allEvents)[number];

const samples = join(root, 'common', 'src', 'events', 'samples');

// Addresses with the default NAMESPACE, `ticketing`.
const buses = {
  jetstream: {
    server: {
      host: 'nats-srv:4222',
      protocol: 'nats',
      description:
        'NATS JetStream (EVENT_BUS=jetstream): one stream, and a durable pull consumer for each service.',
    },
    address: (type: string) => `ticketing.${type.replaceAll(':', '.')}.{subject}`,
    parameters: { subject: { description: 'The id of the resource that the event describes.' } },
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
// Keys of AsyncAPI objects allow no colon.
const keyOf = (type: string) => type.replaceAll(':', '.');

/** The AsyncAPI 3.1 document. */
export function describeEvents(): Json {
  const { components, of } = createSchemas();
  const messages = Object.fromEntries(
    allEvents.map((event) => [keyOf(event.type), message(event, of(event.schema, 'input'))]),
  );
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'Ticketing events',
      version: '1.0.0',
      description:
        'The events between the services. Delivery is at least once and unordered: an event may arrive twice, late or after a newer one, and the `version` in its data tells which is newer. A redelivered event keeps its `id`. An event that its publisher republishes, for example after the bus lost data, has a new `id`.',
      contact,
      license: { name: 'MIT' },
      tags,
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

const channelName = (bus: string, type: string) => `${bus}.${keyOf(type)}`;

function channel(bus: keyof typeof buses, type: string): Json {
  const { address, parameters } = buses[bus];
  return {
    address: address(type),
    parameters,
    servers: [{ $ref: `#/servers/${bus}` }],
    messages: { [keyOf(type)]: { $ref: `#/components/messages/${keyOf(type)}` } },
  };
}

const operationText = {
  send: (service: string, type: string) =>
    `The service ${service} publishes \`${type}\`, at least once for each version of what it describes.`,
  receive: (service: string, type: string) =>
    `The service ${service} consumes \`${type}\`, and applies it if it is newer than what it knows.`,
} as const;

function operations(bus: string, { type, source }: Event): [string, Json][] {
  const channelId = channelName(bus, type);
  const operation = (service: string, action: 'send' | 'receive'): [string, Json] => [
    `${service}.${action}.${channelId}`,
    {
      action,
      title: `${service} ${action}s ${type}`,
      description: operationText[action](service, type),
      tags: [{ name: service }],
      channel: { $ref: `#/channels/${channelId}` },
      messages: [{ $ref: `#/channels/${channelId}/messages/${keyOf(type)}` }],
    },
  ];
  const consumers = services.filter(({ consumes }) => consumes.includes(type)).map(({ name }) => name);
  return [operation(source, 'send'), ...consumers.map((name) => operation(name, 'receive'))];
}

function message({ type, source }: Event, data: Json): Json {
  const sample = readFileSync(join(samples, `${type.replaceAll(':', '-')}.json`), 'utf8');
  const hasVersion = 'version' in (data['properties'] as Json);
  const { $schema: _, ...envelope } = createSchemas().of(Envelope, 'input') as Json & { properties: Json };
  return {
    name: type,
    title: type,
    summary: `A CloudEvents 1.0 envelope. Its \`id\` is ${type}/<subject>/<${hasVersion ? 'version' : 'UUID'}>.`,
    contentType: 'application/json',
    payload: {
      ...envelope,
      properties: { ...envelope.properties, type: { const: type }, source: { const: source }, data },
    },
    examples: [{ name: 'sample', payload: JSON.parse(sample) as Json }],
  };
}
