import { soldAt } from './sale.js';

const at = (minute: number) => new Date(Date.UTC(2026, 5, 1, 12, minute));
const changes = (...statuses: string[]) => statuses.map((to, minute) => ({ at: at(minute), to }));
const changedAt = at(59);

test.each([
  ['is the time of the payment', changes('created', 'complete'), at(1)],
  ['stays when places or all are refunded', changes('created', 'complete', 'complete', 'refunded'), at(1)],
  ['of a free order is the time of the order', changes('complete'), at(0)],
  ['is the time of a refund that arrived before the payment', changes('created', 'refunded'), at(1)],
  ['is the last change of an order without history', [], changedAt],
])('the time of a sale %s', (_what, history, expected) => {
  expect(soldAt({ history, changedAt })).toEqual(expected);
});
