// Events, and the envelope that carries them: CloudEvents 1.0 in JSON format.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Cause } from '../observability/trace.js';

export type DomainEvent = Readonly<{
  type: string;
  source: string;
  /** id of the entity that the event describes */
  subject: string;
  /** the entity's version after the change; without a version, the envelope gets a random id */
  version: number | undefined;
  data: object;
}>;

/** Creates an event of this type. The call validates `data`, so an invalid event is never saved. */
export type EventType<T extends string = string, D extends object = object> = {
  (data: D): DomainEvent;
  readonly type: T;
  readonly source: string;
  readonly schema: z.ZodType<D>;
};

type Definition<T extends string, D extends object> = Readonly<{
  type: T;
  source: string;
  data: z.ZodType<D>;
  about: (data: D) => string;
}>;

/** Declares an event type: its publisher, its schema, and the field that identifies its subject. */
export function defineEvent<const T extends string, D extends object>(
  definition: Definition<T, D>,
): EventType<T, D> {
  const { type, source, data: schema, about } = definition;
  const make = (input: D): DomainEvent => {
    const data = schema.parse(input);
    const version = 'version' in data && typeof data.version === 'number' ? data.version : undefined;
    return { type, source, subject: about(data), version, data };
  };
  return Object.assign(make, { type, source, schema });
}

export const Envelope = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1),
  source: z.string(),
  type: z.string(),
  subject: z.string().regex(/^[A-Za-z0-9_-]+$/),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  traceparent: z.string().optional(),
  /** makes the id of the message on the bus unpredictable; envelopes of earlier releases have none */
  nonce: z.string().optional(),
  data: z.unknown(),
});
export type Envelope = z.infer<typeof Envelope>;

/**
 * Wraps an event in an envelope with the id `<type>/<subject>/<version>`, and a random id with `repeat`.
 * Two envelopes of one event are two messages: the broker drops duplicates by `messageIdOf`.
 */
export function toEnvelope(event: DomainEvent, cause: Cause, time: Date, { repeat = false } = {}): Envelope {
  const { type, source, subject, version, data } = event;
  return {
    specversion: '1.0',
    id:
      version === undefined || repeat
        ? `${type}/${subject}/${randomUUID()}`
        : `${type}/${subject}/${version}`,
    source,
    type,
    subject,
    time: time.toISOString(),
    datacontenttype: 'application/json',
    traceparent: cause.traceparent,
    nonce: randomUUID(),
    data,
  };
}

/**
 * Id by which a broker recognizes a second publish of this envelope. It must not be predictable: a process that uses it first
 * makes the broker drop our message.
 */
export const messageIdOf = ({ id, nonce }: Pick<Envelope, 'id' | 'nonce'>): string =>
  nonce === undefined ? id : `${id}/${nonce}`;

/** The argument of a message handler: validated data, the envelope's id and time, and the cause for further changes. */
export type Incoming<E extends Pick<EventType, 'schema'>> = Readonly<{
  data: z.infer<E['schema']>;
  id: string;
  time: Date;
  cause: Cause;
}>;
