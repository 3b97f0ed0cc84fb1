import { replicate, type Ticket } from './ticket.js';

const copy: Ticket = {
  id: '7'.repeat(24),
  title: 'Final',
  priceInMinorUnits: 1_999,
  currency: 'usd',
  version: 3,
};

describe('the copy of a ticket', () => {
  test('begins with the first event that arrives', () => {
    expect(replicate(undefined, copy)).toMatchObject({ outcome: 'accepted', state: copy });
  });
  test('accepts a newer version', () => {
    expect(replicate(copy, { ...copy, title: 'New', version: 4 })).toMatchObject({
      state: { title: 'New', version: 4 },
    });
  });
  test('accepts the same version, so a repeated event repairs it', () => {
    expect(replicate({ ...copy, title: 'broken' }, copy)).toMatchObject({ outcome: 'accepted', state: copy });
  });
  test('of an earlier release learns its seller from a repeated event', () => {
    const sellerId = '8'.repeat(24);
    expect(replicate(copy, { ...copy, sellerId })).toMatchObject({
      outcome: 'accepted',
      state: { sellerId, version: 3 },
    });
  });
  test('ignores an older version', () => {
    expect(replicate(copy, { ...copy, title: 'Old', version: 2 })).toMatchObject({
      outcome: 'already',
      state: copy,
    });
  });
  test('records a withdrawal until a newer event reverts it', () => {
    const withdrawn = { ...copy, withdrawn: true, version: 4 } as const;
    expect(replicate(copy, withdrawn)).toMatchObject({ state: { withdrawn: true } });
    expect(replicate(withdrawn, copy)).toMatchObject({ outcome: 'already', state: { withdrawn: true } });
    expect(replicate(withdrawn, { ...copy, version: 1_000_004 })).toMatchObject({
      state: expect.not.objectContaining({ withdrawn: true }),
    });
  });
});
