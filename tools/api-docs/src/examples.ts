// Derives example values from a schema and its field names, for readers and for the page's "try it".

import { createHash } from 'node:crypto';
import type { Json, Schemas } from './schemas.js';

const byName: Readonly<Record<string, unknown>> = {
  email: 'ann@example.com',
  password: 'correct horse',
  newPassword: 'battery staple',
  newEmail: 'ann@example.org',
  title: 'Cup final, row 3',
  price: '19.99',
  amount: '19.99',
  total: '19.99',
  currency: 'usd',
  token: 'tok_visa',
  version: 0,
  quantity: 1,
  available: 1,
  limit: 50,
  cursor: 'NjY1ZjFjMmUwYTliOGM3ZDZlNWY0YTNi',
  name: 'Cup final',
  venue: 'Olympiastadion',
  startsAt: '2050-05-22T18:00:00.000Z',
  timeZone: 'Europe/Berlin',
  soldAt: '2026-06-01T12:05:00.000Z',
  expiresAt: '2026-06-01T12:15:00.000Z',
  // Without `token: true`, so that the API page gets a session cookie.
  signUp: { email: 'ann@example.com', password: 'correct horse' },
  signIn: { email: 'ann@example.com', password: 'correct horse' },
  changePassword: { password: 'correct horse', newPassword: 'battery staple' },
  StartedSession: { id: '656565656565656565656502', email: 'ann@example.com' },
  // Bodies whose fields exclude each other.
  placeOrder: { ticketId: '656565656565656565656501', quantity: 2, version: 0 },
  markNotificationsRead: { ids: ['656565656565656565656501'] },
  at: '2026-06-01T12:00:00.000Z',
  summary: 'Your order is paid.',
  unread: 1,
  refundByOperator: { amount: '19.99', reason: 'the seat was broken' },
  refundPayment: { amount: '19.99', reason: 'the match is moved' },
};

// Examples have the first status of the enum, and these fields belong to other statuses.
const ofOtherStatuses: ReadonlySet<string> = new Set(['cancelledBy', 'declineReason']);

/**
 * A valid value for the field or component `name`.
 * @throws Error when neither the schema nor this file has an example for a field
 */
export function exampleOf(schema: Json, name: string, { components }: Pick<Schemas, 'components'>): unknown {
  const exampleOfInner = (inner: Json, innerName: string) => exampleOf(inner, innerName, { components });
  if (typeof schema['$ref'] === 'string') {
    const component = schema['$ref'].split('/').at(-1) ?? '';
    return component in byName ? byName[component] : exampleOfInner(components[component] ?? {}, component);
  }
  if (Array.isArray(schema['examples'])) return schema['examples'][0] as unknown;
  if ('const' in schema) return schema['const'];
  if (name in byName) return byName[name];
  if (Array.isArray(schema['enum'])) return schema['enum'][0] as unknown;
  if (Array.isArray(schema['anyOf'])) return exampleOfInner(schema['anyOf'][0] as Json, name);
  if (schema['type'] === 'array') return [exampleOfInner(schema['items'] as Json, name)];
  if (schema['type'] === 'object') {
    const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Json>).filter(
      ([field]) => !ofOtherStatuses.has(field),
    );
    return Object.fromEntries(
      properties.map(([field, inner]) => [field, exampleOfInner(inner, fieldName(field, name))]),
    );
  }
  if (typeof schema['pattern'] === 'string' && schema['pattern'].includes('{24}')) return idFor(name);
  if (schema['type'] === 'boolean') return true;
  if (schema['type'] === 'integer') return schema['default'] ?? schema['minimum'] ?? 1;
  throw new Error(
    `No example for ${name}. Add one to its schema with meta({ examples }), or to tools/api-docs/src/examples.ts.`,
  );
}

// The field `id` of a Ticket has the same example as `ticketId`.
const fieldName = (field: string, owner: string) =>
  field === 'id' ? `${owner.charAt(0).toLowerCase()}${owner.slice(1)}Id` : field;

const idFor = (name: string) => createHash('sha256').update(name).digest('hex').slice(0, 24);
