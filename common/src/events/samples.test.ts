// Schemas must accept every message ever published: old ones may still be in a stream, an outbox or the dead letters.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobCause } from '../observability/trace.js';
import { allEvents, personalEvents, UserDeleted } from './index.js';
import { Envelope, toEnvelope, type EventType } from './event.js';

const folder = join(__dirname, 'samples');
const samples = readdirSync(folder).map(
  (file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, unknown>] as const,
);
const byType = new Map<string, EventType>(
  (allEvents as readonly unknown[] as readonly EventType[]).map((event) => [event.type, event]),
);
/** optional fields, as `<type> <field>` */
const optional = new Set([
  ...['created', 'updated', 'withdrawn'].flatMap((change) =>
    ['orderId', 'event', 'offerVersion', 'quantity', 'available'].map((field) => `ticket:${change} ${field}`),
  ),
  'order:created ticket.sellerId',
  ...['created', 'cancelled', 'completed', 'refunded'].map((change) => `order:${change} items`),
  'order:cancelled byOperator',
  'payment:refunded refunds',
  ...['created', 'updated'].flatMap((change) =>
    ['name', 'locale', 'timeZone'].map((field) => `user:${change} ${field}`),
  ),
]);
const uuid = /^[0-9a-f-]{36}$/;

function parse(sample: unknown) {
  const envelope = Envelope.parse(sample);
  const event = byType.get(envelope.type);
  if (!event) throw new Error(`no event type ${envelope.type}`);
  return { envelope, event, data: event.schema.parse(envelope.data) as Record<string, unknown> };
}

test.each([...byType.keys()])('%s has a stored sample', (type) => {
  expect(samples.map(([, sample]) => sample['type'])).toContain(type);
});

test('every event of a user but the deletion counts as personal, so that it is removed with the account', () => {
  const types = [...byType.keys()].filter((type) => type.startsWith('user:') && type !== UserDeleted.type);
  expect([...personalEvents].sort()).toEqual(types.sort());
});

describe.each(samples)('the stored sample %s', (_file, sample) => {
  test('parses completely', () => {
    const { envelope, event, data } = parse(sample);
    expect(envelope).toEqual(sample);
    expect(data).toEqual(sample['data']);
    expect(envelope.source).toBe(event.source);
  });

  test('has the id <type>/<subject>/<version>, or a random one without a version', () => {
    const { envelope, data } = parse(sample);
    const [type, subject, last = ''] = envelope.id.split('/');
    expect([type, subject]).toEqual([envelope.type, envelope.subject]);
    if ('version' in data) expect(last).toBe(String(data['version']));
    else expect(last).toMatch(uuid);
  });

  test('equals what is published today', () => {
    const { envelope, event, data } = parse(sample);
    const again = toEnvelope(event(data), jobCause('test'), new Date(envelope.time));
    const id = 'version' in data ? envelope.id : again.id;
    // Samples of earlier releases have no nonce.
    const { traceparent, nonce } = again;
    expect(again).toEqual({ ...envelope, id, traceparent, nonce });
  });

  test('parses with unknown fields, and drops them', () => {
    const { data } = parse({ ...sample, later: 1, data: { ...(sample['data'] as object), later: { x: 1 } } });
    expect(data).toEqual(sample['data']);
  });

  test('cannot be created without a required field, or with an invalid one', () => {
    const { event, data } = parse(sample);
    for (const field of Object.keys(data)) {
      const { [field]: _gone, ...rest } = data;
      if (optional.has(`${event.type} ${field}`)) expect(event(rest).data).toEqual(rest);
      else expect(() => event(rest)).toThrow(expect.objectContaining({ name: 'ZodError' }));
      expect(() => event({ ...data, [field]: { $gt: '' } })).toThrow(
        expect.objectContaining({ name: 'ZodError' }),
      );
    }
  });

  test('is an envelope only with all required parts', () => {
    for (const part of Object.keys(sample)) {
      const { [part]: _gone, ...rest } = sample;
      const needed = part !== 'traceparent';
      expect([part, Envelope.safeParse(rest).success && parse(rest) !== undefined]).toEqual([part, !needed]);
    }
  });
});
