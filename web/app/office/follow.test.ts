import { idsToFollow, mergeHistories, withoutRepeats, type Found, type HistoryEntry } from './follow.js';

const found = (what: string, id: string, related: Found['related'] = {}): Found => ({
  ...{ what, id, status: 'known', related },
});

test('an account that an address leads to, and orders that are only named, are looked up next', () => {
  const all = [
    found('account', 'ada', { email: 'ada@example.com' }),
    found('order', 'o1', { buyer: 'ada' }),
    found('payment', 'o1', { order: 'o1' }),
    found('mail order-paid', 'm', { order: 'o2' }),
  ];
  expect(idsToFollow(all, 'ada@example.com')).toEqual(['ada', 'o2']);
  expect(idsToFollow(all, 'ada')).toEqual(['o2']);
  expect(idsToFollow([], 'ada')).toEqual([]);
});

test('findings of several services have each thing once: accounts first, mails last', () => {
  const all = [
    found('mail order-paid', 'm'),
    found('order', 'o1'),
    found('account', 'ada'),
    found('order', 'o1'),
  ];
  expect(withoutRepeats(all).map(({ what }) => what)).toEqual(['account', 'order', 'mail order-paid']);
});

test('a history is in the order of time, with those changes of the ticket that the order caused', () => {
  const change = (about: string, id: string, at: string, why = 'request:1'): HistoryEntry => ({
    ...{ about, id, at, by: 'system', why, to: 'x', version: 0 },
  });
  const entries = [
    change('payment', 'o1', '2026-06-01T12:00:03.000Z'),
    change('order', 'o1', '2026-06-01T12:00:01.000Z'),
    change('ticket', 't1', '2026-06-01T12:00:02.000Z', 'event:order:created/o1/0'),
    change('ticket', 't1', '2026-06-01T12:00:00.000Z', 'event:order:created/o2/0'),
  ];
  expect(mergeHistories(entries, 'o1').map(({ about }) => about)).toEqual(['order', 'ticket', 'payment']);
});
