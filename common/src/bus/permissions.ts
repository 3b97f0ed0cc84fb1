// The permissions of each service on a nats-server, generated from the declared events.
//
// Guarantee: with these permissions a service publishes only events of its own, hears only those, and reads and acknowledges
// only its own consumer. Consumers also compare an event with its subject (`isOnSubjectOf`), so a service cannot forge an
// event of another one. Not promised: secrecy of events. A service may read the stream to prove that its events are stored.
// Auth may remove messages, whatever their subject: the server cannot limit that (docs/decisions/0041).

import { allEvents, UserDeleted } from '../events/index.js';
import { streamName, subjectOf } from './jetstream/stream.js';

type Permissions = Readonly<{ publish: readonly string[]; subscribe: readonly string[] }>;

// It publishes nothing, so no event names it.
const consumersOnly = ['notifications'];

/** The names of the services that use the bus. */
export const busUsers: readonly string[] = [
  ...new Set([...allEvents.map(({ source }) => source), ...consumersOnly]),
].sort();

/** The service that removes the events of deleted accounts. */
const eraser = UserDeleted.source;

export const durableOf = (namespace: string, service: string) => `${namespace}-${service}`;

export const inboxOf = (service: string) => `_INBOX.${service}`;

/** The subjects that a service may publish to and subscribe to. */
export function permissionsOf(namespace: string, service: string): Permissions {
  const stream = streamName(namespace);
  const consumer = `${stream}.${durableOf(namespace, service)}`;
  const own = allEvents.filter(({ source }) => source === service);
  const subjects = own.map(({ type }) => subjectOf(namespace, type, '*'));
  return {
    publish: [
      ...subjects,
      subjectOf(namespace, 'bus:probe', service),
      // A stream that exists is not changed by CREATE. Changing and deleting one is left to the operator.
      ...['INFO', 'CREATE', 'MSG.GET', ...(service === eraser ? ['PURGE'] : [])].map(
        (request) => `$JS.API.STREAM.${request}.${stream}`,
      ),
      ...['INFO', 'DURABLE.CREATE', 'DELETE', 'MSG.NEXT'].map(
        (request) => `$JS.API.CONSUMER.${request}.${consumer}`,
      ),
      `$JS.ACK.${consumer}.>`,
    ],
    // Every process of the service hears its events, for the streams of its clients.
    subscribe: [`${inboxOf(service)}.>`, ...subjects],
  };
}

/**
 * The block `authorization` of a nats-server configuration: one user for each service, and `operator`, which may do everything.
 * `passwordOf` returns a quoted password, or a variable such as `$ORDERS_NATS_PASSWORD`.
 */
export function natsAuthorization(namespace: string, passwordOf: (user: string) => string): string {
  const users = busUsers.map((service) => {
    const { publish, subscribe } = permissionsOf(namespace, service);
    return `  {
    user: ${service}
    password: ${passwordOf(service)}
    permissions {
      publish: [
${publish.map((subject) => `        "${subject}"`).join('\n')}
      ]
      subscribe: [${subscribe.map((subject) => `"${subject}"`).join(', ')}]
    }
  }`;
  });
  const operator = `  { user: operator, password: ${passwordOf('operator')} }`;
  return `authorization {\n  users = [\n${[...users, operator].join('\n')}\n  ]\n}\n`;
}
