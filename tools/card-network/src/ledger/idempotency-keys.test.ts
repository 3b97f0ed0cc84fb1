import { Refused } from '../api/errors.js';
import { IdempotencyKeys } from './idempotency-keys.js';

const DAY = 24 * 60 * 60 * 1000;

function answerOf(run: () => string | undefined): string {
  try {
    return run() ?? 'to be carried out';
  } catch (thrown) {
    return thrown instanceof Refused ? `${thrown.status} ${thrown.body.type}` : String(thrown);
  }
}

describe('an idempotency key', () => {
  it('is carried out once and then gives the stored answer', () => {
    const keys = new IdempotencyKeys<string>();
    expect(answerOf(() => keys.take('k', 'same', 0))).toBe('to be carried out');
    keys.keep('k', { at: 0, fingerprint: 'same', place: 'stored' });
    expect(answerOf(() => keys.take('k', 'same', 1))).toBe('stored');
  });

  it('is refused with other parameters, answered or in hand', () => {
    const keys = new IdempotencyKeys<string>();
    keys.take('k', 'one', 0);
    expect(answerOf(() => keys.take('k', 'other', 0))).toBe('400 idempotency_error');
    keys.keep('k', { at: 0, fingerprint: 'one', place: 'stored' });
    expect(answerOf(() => keys.take('k', 'other', 0))).toBe('400 idempotency_error');
  });

  it('is in use until its call has ended', () => {
    const keys = new IdempotencyKeys<string>();
    keys.take('k', 'same', 0);
    expect(answerOf(() => keys.take('k', 'same', 0))).toBe('409 idempotency_error');
    keys.release('k');
    expect(answerOf(() => keys.take('k', 'same', 0))).toBe('to be carried out');
  });

  it('is forgotten after 24 hours, and its memory freed', () => {
    const keys = new IdempotencyKeys<string>();
    keys.keep('old', { at: 0, fingerprint: 'f', place: 'stored' });
    expect(answerOf(() => keys.take('old', 'f', DAY - 1))).toBe('stored');
    expect(answerOf(() => keys.take('old', 'f', DAY))).toBe('to be carried out');
    keys.keep('new', { at: DAY, fingerprint: 'f', place: 'stored' });
    expect(keys.size).toBe(1);
  });
});
