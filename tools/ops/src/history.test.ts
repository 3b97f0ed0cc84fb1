import { formatTable, mergeHistories, type HistoryLine } from './history.js';

const line = (more: Partial<HistoryLine>): HistoryLine => ({
  about: 'order',
  id: 'o1',
  at: '2026-11-25T19:00:00.000Z',
  by: 'system',
  why: 'event:x',
  to: 'created',
  version: 0,
  ...more,
});

test('the histories of several services are merged by time', () => {
  const paid = line({ about: 'payment', to: 'succeeded', at: '2026-11-25T19:00:02.000Z', version: 3 });
  const attempted = line({ about: 'payment', to: 'pending', at: '2026-11-25T19:00:01.000Z', version: 1 });
  const stored = line({ about: 'payment', to: 'pending', at: '2026-11-25T19:00:01.000Z', version: 2 });
  expect(mergeHistories([paid, stored, attempted, line({})], 'o1')).toEqual([
    line({}),
    attempted,
    stored,
    paid,
  ]);
});

test('changes of the ticket that another order caused are left out', () => {
  const reserved = line({ about: 'ticket', why: 'event:order:created/o1/0' });
  const another = line({ about: 'ticket', why: 'event:order:created/o2/0' });
  expect(mergeHistories([reserved, another], 'o1')).toEqual([reserved]);
});

test('the table has a header and aligned columns', () => {
  expect(formatTable([line({ trace: 'abc', detail: 'ticket t1', by: 'user:u1' })])).toEqual([
    'when                      what   from  to       who      why      trace',
    '2026-11-25T19:00:00.000Z  order  -     created  user:u1  event:x  abc    ticket t1',
  ]);
});
