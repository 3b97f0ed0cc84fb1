import { mayHaveBeenPaid, replicate, type PaidOrder } from './paid-order.js';

const at = (version: number, more: Partial<PaidOrder> = {}): PaidOrder => ({
  ...{ id: 'o', userId: 'u', version },
  ...more,
});
const endedAt = new Date(0);

describe('the copy of a paid order', () => {
  test.each([
    ['a completion', undefined, at(1), at(1)],
    ['an end after its completion', at(1), at(2, { endedAt }), at(2, { endedAt })],
    ['a completion after its end', at(2, { endedAt }), at(1), at(2, { endedAt })],
    ['a repeated completion', at(1), at(1), at(1)],
    ['a completion of a restored order', at(2, { endedAt }), at(1_000_001), at(1_000_001)],
  ])('after %s is the newer state', (_what, copy, received, expected) => {
    expect(replicate(copy, received)).toMatchObject({ state: expected });
  });

  test('is not needed for an order that was cancelled before it could be paid', () => {
    expect([1, 2, 1_000_001].map((version) => mayHaveBeenPaid({ version }))).toEqual([false, true, true]);
  });
});
