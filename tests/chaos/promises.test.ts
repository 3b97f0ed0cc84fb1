// The judge itself: it keeps quiet when all is well, and names each promise when it is broken.

import type { Envelope } from '@ticketing/common/events';
import type { Op } from './history.js';
import { historyOf, judge, type Promised } from './promises.js';
import type { Snapshot } from './snapshot.js';

const [ticket, order, rival, buyer, other] = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(24)) as [
  string,
  string,
  string,
  string,
  string,
];
const second = (count: number) => new Date(Date.UTC(2026, 10, 23, 12, 0, count));
const entry = (at: number, to: string, version: number) => ({
  at: second(at),
  by: 'x',
  why: 'y',
  to,
  version,
});
const event = (id: string) =>
  ({ id, type: id.split('/')[0], time: second(0).toISOString(), data: {} }) as unknown as Envelope;
const op = (what: Op['what'], ref: string, at: number, more: Partial<Op> = {}): Op => ({
  what,
  ref,
  user: buyer,
  at: second(at).getTime(),
  until: second(at + 1).getTime(),
  status: 201,
  ...more,
});
const intent = { id: 'pi_1', orderId: order, charged: 1_999, refunded: 0, status: 'succeeded' };
const anOrder = (id: string, more: object = {}) => ({
  _id: id,
  version: 1,
  status: 'complete',
  userId: buyer,
  expiresAt: second(900),
  ticket: { id: ticket, priceInMinorUnits: 1_999 },
  history: [entry(1, 'created', 0), entry(3, 'complete', 1)],
  outbox: [],
  ...more,
});
const aThing = (id: string, version: number, status: string, history: object[] = []) => ({
  _id: id,
  version,
  status,
  history,
  outbox: [],
});

/** A ticket that was ordered, paid and sold. */
const well = {
  orders: [anOrder(order)],
  tickets: [aThing(ticket, 1, 'sold')],
  payments: [aThing(order, 2, 'succeeded', [entry(2, 'succeeded', 2)])],
  deadLetters: [],
  intents: [intent],
  events: new Map([
    [ticket, [event(`ticket:created/${ticket}/0`), event(`ticket:updated/${ticket}/1`)]],
    [
      order,
      [
        event(`order:created/${order}/0`),
        event(`order:completed/${order}/1`),
        event(`payment:created/${order}/2`),
      ],
    ],
  ]),
  differences: [],
  alarms: [],
} as unknown as Snapshot;
const ops = [op('order', ticket, 0, { id: order }), op('pay', order, 2, { body: { status: 'succeeded' } })];

const cancelled = {
  status: 'cancelled',
  reason: 'buyer',
  history: [entry(1, 'created', 0), entry(3, 'cancelled', 1)],
};
const withRival = (more: object) => ({ orders: [anOrder(order), anOrder(rival, more)] });
const without = (id: string) => ({
  events: new Map([...well.events].map(([about, list]) => [about, list.filter((one) => one.id !== id)])),
});

test('all is well when nothing is wrong', () => {
  expect(judge(well, ops)).toEqual([]);
});

type Case = [promise: Promised, what: string, change: object, more?: Op[]];
const cases: Case[] = [
  ['one holder', 'two orders hold a ticket', withRival({})],
  ['one holder', 'an order that was confirmed is gone', {}, [op('order', ticket, 5, { id: rival })]],
  [
    'one holder',
    'two were told yes at the same time',
    withRival({ ...cancelled }),
    [op('order', ticket, 4, { id: rival, user: other })],
  ],
  [
    'one outcome',
    'it ended twice',
    { orders: [anOrder(order, { history: [...anOrder(order).history, entry(4, 'cancelled', 2)] })] },
  ],
  [
    'one outcome',
    'a cancellation that was confirmed did not last',
    {},
    [op('cancel', order, 4, { status: 204 })],
  ],
  ['one charge', 'a complete order kept 3998', { intents: [intent, { ...intent, id: 'pi_2' }] }],
  ['one charge', 'a complete order kept 0', { intents: [{ ...intent, refunded: 1_999 }] }],
  ['one charge', 'a cancelled order kept 1999', { orders: [anOrder(order, cancelled)] }],
  [
    'one charge',
    'money for an order that is not there',
    { intents: [intent, { ...intent, orderId: rival }] },
  ],
  ['one charge', 'a payment that was confirmed is none', { payments: [aThing(order, 2, 'declined')] }],
  [
    'one effect',
    'a repeated offer made two tickets',
    {
      tickets: [ticket, rival].map((id) => ({ ...aThing(id, 0, 'available'), userId: buyer, title: 'Seat' })),
    },
    [op('offer', 'Seat', 0, { key: 'k', status: 503 }), op('offer', 'Seat', 1, { key: 'k', id: ticket })],
  ],
  [
    'one effect',
    'an offer that was confirmed is gone',
    {},
    [op('offer', 'Seat', 0, { key: 'k', id: rival })],
  ],
  ['no lost event', 'a version of a ticket was not told', without(`ticket:updated/${ticket}/1`)],
  ['no lost event', 'an ending was not told', without(`order:completed/${order}/1`)],
  ['no lost event', 'a payment was not told', without(`payment:created/${order}/2`)],
  ['no lost event', 'a copy differs', { differences: [`orders ${order}: in tickets it has no copy`] }],
  ['no lost event', 'there is a dead letter', { deadLetters: [{ type: 'x', error: 'y', body: order }] }],
  ['no lost event', 'there was an alarm', { alarms: ['orders: unhandled rejection'] }],
  [
    'no early release',
    'it expired before its time',
    { orders: [anOrder(order, { ...cancelled, reason: 'expired' })] },
  ],
];

test.each(cases)('%s is broken when %s', (promise, _what, change, more = []) => {
  const snapshot = { ...well, ...change };
  const all = [...ops, ...more];
  const breaches = judge(snapshot, all).filter((breach) => breach.promise === promise);
  expect(breaches).not.toEqual([]);
  expect(historyOf(breaches[0]?.about ?? [], snapshot, all)).toBeDefined();
});

test('the history of a breach has the requests, the stores, the events and the charges in their order', () => {
  const lines = historyOf([order], well, ops).map((line) => line.split(' ').slice(1, 3).join(' '));
  expect(lines).toEqual([
    `client ${buyer}`,
    `event order:created/${order}/0`,
    `event order:completed/${order}/1`,
    `event payment:created/${order}/2`,
    `store ${order}`,
    `client ${buyer}`,
    `store ${order}`,
    `store ${order}`,
    'the end',
  ]);
});
