import { replicate, type Ticket } from './ticket.js';

const copy: Ticket = {
  id: '7'.repeat(24),
  title: 'Final',
  priceInMinorUnits: 1_999,
  currency: 'usd',
  version: 3,
};

describe('the copy of a ticket', () => {
  test('begins with whichever of its events comes first', () => {
    expect(replicate(undefined, copy)).toMatchObject({ outcome: 'accepted', state: copy });
  });
  test('takes what is newer', () => {
    expect(replicate(copy, { ...copy, title: 'New', version: 4 })).toMatchObject({
      state: { title: 'New', version: 4 },
    });
  });
  test('takes what is equally old, so that repeating an event mends it', () => {
    expect(replicate({ ...copy, title: 'broken' }, copy)).toMatchObject({ outcome: 'accepted', state: copy });
  });
  test('leaves what is older', () => {
    expect(replicate(copy, { ...copy, title: 'Old', version: 2 })).toMatchObject({
      outcome: 'already',
      state: copy,
    });
  });
  test('knows that it is withdrawn, and forgets it if a newer event of its owner says otherwise', () => {
    const withdrawn = { ...copy, withdrawn: true, version: 4 } as const;
    expect(replicate(copy, withdrawn)).toMatchObject({ state: { withdrawn: true } });
    expect(replicate(withdrawn, copy)).toMatchObject({ outcome: 'already', state: { withdrawn: true } });
    expect(replicate(withdrawn, { ...copy, version: 1_000_004 })).toMatchObject({
      state: expect.not.objectContaining({ withdrawn: true }),
    });
  });
});
