import { ApiError } from '../api/errors.js';
import { IdempotencyKeys } from './idempotency-keys.js';

const DAY = 24 * 60 * 60 * 1000;

function resultOf(run: () => string | undefined): string {
  try {
    return run() ?? 'execute';
  } catch (thrown) {
    return thrown instanceof ApiError ? `${thrown.status} ${thrown.body.type}` : String(thrown);
  }
}

describe('an idempotency key', () => {
  it('executes once and then replays the stored response', () => {
    const keys = new IdempotencyKeys<string>();
    expect(resultOf(() => keys.claim('k', 'same', 0))).toBe('execute');
    keys.store('k', { at: 0, fingerprint: 'same', response: 'stored' });
    expect(resultOf(() => keys.claim('k', 'same', 1))).toBe('stored');
  });

  it('rejects other parameters, whether in flight or stored', () => {
    const keys = new IdempotencyKeys<string>();
    keys.claim('k', 'one', 0);
    expect(resultOf(() => keys.claim('k', 'other', 0))).toBe('400 idempotency_error');
    keys.store('k', { at: 0, fingerprint: 'one', response: 'stored' });
    expect(resultOf(() => keys.claim('k', 'other', 0))).toBe('400 idempotency_error');
  });

  it('rejects a repeated request until the first one ends', () => {
    const keys = new IdempotencyKeys<string>();
    keys.claim('k', 'same', 0);
    expect(resultOf(() => keys.claim('k', 'same', 0))).toBe('409 idempotency_error');
    keys.release('k');
    expect(resultOf(() => keys.claim('k', 'same', 0))).toBe('execute');
  });

  it('expires after 24 hours and frees its memory', () => {
    const keys = new IdempotencyKeys<string>();
    keys.store('old', { at: 0, fingerprint: 'f', response: 'stored' });
    expect(resultOf(() => keys.claim('old', 'f', DAY - 1))).toBe('stored');
    expect(resultOf(() => keys.claim('old', 'f', DAY))).toBe('execute');
    keys.store('new', { at: DAY, fingerprint: 'f', response: 'stored' });
    expect(keys.size).toBe(1);
  });
});
