import { z } from 'zod';
import { jobCause } from '../observability/trace.js';
import { defineEvent, Envelope, toEnvelope, messageIdOf } from './event.js';

const ThingMoved = defineEvent({
  type: 'thing:moved',
  source: 'things',
  data: z.object({ id: z.string(), version: z.int(), to: z.string().default('home') }),
  about: ({ id }) => id,
});
const ThingSeen = defineEvent({
  type: 'thing:seen',
  source: 'things',
  data: z.object({ thingId: z.string() }),
  about: ({ thingId }) => thingId,
});

const cause = jobCause('test');
const time = new Date('2026-11-23T12:00:00Z');
const moved = ThingMoved({ id: 'a', version: 3, to: 'b' });

describe('an event', () => {
  test('has its type, its publisher, its subject and the subject’s version', () => {
    expect(moved).toEqual({
      type: 'thing:moved',
      source: 'things',
      subject: 'a',
      version: 3,
      data: { id: 'a', version: 3, to: 'b' },
    });
    expect(ThingSeen({ thingId: 'a' })).toMatchObject({ subject: 'a', version: undefined });
  });

  test('that does not match its schema cannot be created, so it is never saved', () => {
    expect(() => ThingMoved({ id: 'a', version: 1.5, to: 'b' })).toThrow('version');
    expect(() => ThingMoved({ id: 7 } as never)).toThrow('expected string');
  });

  test('carries only the fields of its schema, also when it is created from a whole document', () => {
    expect(ThingMoved({ id: 'a', version: 0, to: 'b', password: 'x' } as never).data).toEqual({
      id: 'a',
      version: 0,
      to: 'b',
    });
  });
});

describe('an envelope', () => {
  test('is CloudEvents 1.0 with a trace context', () => {
    const envelope = toEnvelope(moved, cause, time);
    expect(envelope).toEqual({
      specversion: '1.0',
      id: 'thing:moved/a/3',
      source: 'things',
      type: 'thing:moved',
      subject: 'a',
      time: '2026-11-23T12:00:00.000Z',
      datacontenttype: 'application/json',
      traceparent: cause.traceparent,
      nonce: expect.stringMatching(/^[0-9a-f-]{36}$/),
      data: moved.data,
    });
    expect(Envelope.parse(JSON.parse(JSON.stringify(envelope)))).toEqual(envelope);
  });

  test('has the same id for the same version', () => {
    expect(toEnvelope(moved, jobCause('again'), new Date()).id).toBe(toEnvelope(moved, cause, time).id);
  });

  test('has a message id that nobody can predict, and keeps it for every publish', () => {
    const [one, two] = [toEnvelope(moved, cause, time), toEnvelope(moved, cause, time)];
    expect(messageIdOf(one)).toMatch(/^thing:moved\/a\/3\/[0-9a-f-]{36}$/);
    expect(messageIdOf(two)).not.toBe(messageIdOf(one));
    expect(messageIdOf(JSON.parse(JSON.stringify(one)))).toBe(messageIdOf(one));
  });

  test('of an earlier release has its id as message id', () => {
    const { nonce: _nonce, ...earlier } = toEnvelope(moved, cause, time);
    expect(messageIdOf(Envelope.parse(earlier))).toBe(earlier.id);
  });

  test('has a random id for a repeat', () => {
    const ids = [1, 2].map(() => toEnvelope(moved, cause, time, { repeat: true }).id);
    expect(ids[0]).toMatch(/^thing:moved\/a\/[0-9a-f-]{36}$/);
    expect(ids[1]).not.toBe(ids[0]);
  });

  test('has a random id when the event has no version', () => {
    const ids = [1, 2].map(() => toEnvelope(ThingSeen({ thingId: 'a' }), cause, time).id);
    expect(ids[0]).toMatch(/^thing:seen\/a\/[0-9a-f-]{36}$/);
    expect(ids[1]).not.toBe(ids[0]);
  });

  test.each(['', 'a b', 'a.b', 'a*', '>', 'a/b'])(
    'rejects a subject that is unsafe in a NATS subject: %j',
    (subject) => {
      expect(Envelope.safeParse({ ...toEnvelope(moved, cause, time), subject }).success).toBe(false);
    },
  );
});
