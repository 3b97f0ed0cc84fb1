import { accept, orThrow, already, refuse, type Decision } from './decision.js';
import { Refusal } from './errors.js';
import { ExpirationComplete } from './events/expiration.js';

const event = ExpirationComplete({ orderId: 'a'.repeat(24) });

describe('a decision', () => {
  test('that accepts has the next state and its events', () => {
    expect(accept({ n: 1 }, event, event)).toEqual({
      outcome: 'accepted',
      state: { n: 1 },
      events: [event, event],
    });
  });

  test('with the outcome "already" has the same state and no events', () => {
    expect(already({ n: 1 })).toEqual({ outcome: 'already', state: { n: 1 }, events: [] });
  });

  test('that is not refused returns its state from orThrow', () => {
    expect([orThrow(accept({ n: 1 }, event)), orThrow(already({ n: 2 }))]).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test('that refuses throws its code from orThrow', () => {
    const decision: Decision<object, 'too-late'> = refuse('too-late');
    expect(() => orThrow(decision)).toThrow(Refusal);
    expect(() => orThrow(decision)).toThrow(expect.objectContaining({ code: 'too-late' }));
    const options = { retryAfterSeconds: 1, details: { version: 4 } };
    expect(() => orThrow(refuse('too-late', options))).toThrow(expect.objectContaining(options));
  });
});
