// The checker finds no breach in a correct run, and finds each breach of each promise.

import type { Envelope } from '@ticketing/common/events';
import { findBreaches, type PromiseName } from './promises.js';
import type { Snapshot } from './snapshot.js';
import { timelineOf } from './timeline.js';
import type { Operation } from './workload/recording-client.js';

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
const operation = (
  kind: Operation['kind'],
  target: string,
  at: number,
  more: Partial<Operation> = {},
): Operation => ({
  kind,
  target,
  user: buyer,
  startedAt: second(at).getTime(),
  endedAt: second(at + 1).getTime(),
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
const aDocument = (id: string, version: number, status: string, history: object[] = []) => ({
  _id: id,
  version,
  status,
  history,
  outbox: [],
});

/** The final state after a ticket was ordered, paid and sold. */
const correct = {
  orders: [anOrder(order)],
  tickets: [aDocument(ticket, 1, 'sold')],
  payments: [aDocument(order, 2, 'succeeded', [entry(2, 'succeeded', 2)])],
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
const history = [
  operation('order', ticket, 0, { id: order }),
  operation('pay', order, 2, { body: { status: 'succeeded' } }),
];

const cancelled = {
  status: 'cancelled',
  reason: 'buyer',
  history: [entry(1, 'created', 0), entry(3, 'cancelled', 1)],
};
const withRival = (more: object) => ({ orders: [anOrder(order), anOrder(rival, more)] });
const without = (id: string) => ({
  events: new Map([...correct.events].map(([about, list]) => [about, list.filter((one) => one.id !== id)])),
});

const refunded = {
  status: 'refunded',
  version: 2,
  history: [entry(1, 'created', 0), entry(3, 'complete', 1), entry(5, 'refunded', 2)],
};
const refund = (amountInMinorUnits: number, status = 'succeeded') => ({ amountInMinorUnits, status });
const dispute = { amount: 1_999, status: 'lost' };
const paymentWith = (status: string, ...refunds: object[]) => ({
  payments: [{ ...aDocument(order, 3, status, [entry(2, 'succeeded', 2), entry(4, status, 3)]), refunds }],
});
const and = (...ids: string[]) => ({
  events: new Map([...correct.events, [order, [...(correct.events.get(order) ?? []), ...ids.map(event)]]]),
});
const isFree = { tickets: [aDocument(ticket, 1, 'available')] };
const wholeRefund = {
  ...isFree,
  orders: [anOrder(order, refunded)],
  ...paymentWith('refunded', refund(1_999)),
  intents: [{ ...intent, refunded: 1_999 }],
  ...and(`payment:refunded/${order}/3`, `order:refunded/${order}/2`),
};

test.each<[run: string, change: object]>([
  ['a purchase', {}],
  ['a purchase that was refunded', wholeRefund],
  [
    'a purchase of which a part was refunded, after a refund that failed',
    {
      ...paymentWith('partly-refunded', refund(500), refund(1_499, 'failed')),
      intents: [{ ...intent, refunded: 500 }],
      ...and(`payment:partly-refunded/${order}/3`),
    },
  ],
  [
    'a purchase that was lost in a dispute',
    {
      ...wholeRefund,
      ...paymentWith('refunded'),
      intents: [{ ...intent, disputes: [dispute] }],
    },
  ],
  [
    'a free ticket that was given back',
    {
      orders: [
        anOrder(order, {
          status: 'cancelled',
          version: 2,
          ticket: { id: ticket, priceInMinorUnits: 0 },
          history: [entry(1, 'complete', 1), entry(3, 'cancelled', 2)],
        }),
      ],
      ...isFree,
      payments: [],
      intents: [],
      ...and(`order:cancelled/${order}/2`),
    },
  ],
])('a correct run has no breach: %s', (_run, change) => {
  const isPaid = !('payments' in change && (change.payments as object[]).length === 0);
  expect(findBreaches({ ...correct, ...change }, isPaid ? history : [])).toEqual([]);
});

test('a ticket that is sold again after a refund has no breach; one that is sold before has', () => {
  const refunded = (at: number) => ({
    status: 'refunded',
    version: 2,
    history: [entry(1, 'created', 0), entry(2, 'complete', 1), entry(at, 'refunded', 2)],
  });
  const resold = (at: number, options = {}) => {
    const orders = [anOrder(order, refunded(at)), anOrder(rival, { status: 'created' })];
    const again = operation('order', ticket, 5, { id: rival, user: other });
    return findBreaches({ ...correct, orders } as unknown as Snapshot, [...history, again], options)
      .filter(({ promise }) => promise === 'one holder per place')
      .map(({ problem }) => problem);
  };
  expect(resold(4)).toEqual([]);
  // The answer came at 6 s.
  expect(resold(7)).toEqual([`two buyers held ${ticket} at the same time`]);
  const differing = { clockDifferenceMs: 1_000 };
  expect(resold(7, differing)).toEqual([]);
  expect(resold(8, differing)).toEqual([`two buyers held ${ticket} at the same time`]);
});

type Case = [promise: PromiseName, problem: string, change: object, more?: Operation[]];
const cases: Case[] = [
  ['one holder per place', 'two orders hold a ticket', withRival({})],
  [
    'one holder per place',
    'a confirmed order is missing',
    {},
    [operation('order', ticket, 5, { id: rival })],
  ],
  [
    'one holder per place',
    'two orders were confirmed at the same time',
    withRival({ ...cancelled }),
    [operation('order', ticket, 4, { id: rival, user: other })],
  ],
  [
    'one outcome',
    'an order ended twice',
    { orders: [anOrder(order, { history: [...anOrder(order).history, entry(4, 'cancelled', 2)] })] },
  ],
  ['one outcome', 'a cancelled order is complete', {}, [operation('cancel', order, 4, { status: 204 })]],
  ['one charge', 'a complete order kept 3998', { intents: [intent, { ...intent, id: 'pi_2' }] }],
  [
    'one charge',
    'the order was charged more than once',
    { intents: [intent, { ...intent, id: 'pi_2', refunded: 1_999 }] },
  ],
  ['one charge', 'a complete order kept 0', { intents: [{ ...intent, refunded: 1_999 }] }],
  ['one charge', 'a cancelled order kept 1999', { orders: [anOrder(order, cancelled)] }],
  ['one charge', 'a refunded order kept 1499', { ...wholeRefund, intents: [{ ...intent, refunded: 500 }] }],
  [
    'one charge',
    'a part was refunded that the payment does not record',
    { intents: [{ ...intent, refunded: 500 }] },
  ],
  ['one charge', 'a complete order was paid back in full', { ...wholeRefund, orders: [anOrder(order)] }],
  ['one charge', 'a complete order was lost in a dispute', { intents: [{ ...intent, disputes: [dispute] }] }],
  [
    'one outcome',
    'an order was cancelled and refunded',
    and(`order:cancelled/${order}/1`, `order:refunded/${order}/2`),
  ],
  ['no lost event', 'a refund was not published', { ...wholeRefund, ...and(`order:refunded/${order}/2`) }],
  ['one charge', 'an unknown order was charged', { intents: [intent, { ...intent, orderId: rival }] }],
  ['one charge', 'a confirmed payment is declined', { payments: [aDocument(order, 2, 'declined')] }],
  [
    'one effect',
    'a repeated offer created two tickets',
    {
      tickets: [ticket, rival].map((id) => ({
        ...aDocument(id, 0, 'available'),
        userId: buyer,
        title: 'Seat',
      })),
    },
    [
      operation('offer', 'Seat', 0, { idempotencyKey: 'k', status: 503 }),
      operation('offer', 'Seat', 1, { idempotencyKey: 'k', id: ticket }),
    ],
  ],
  [
    'one effect',
    'a confirmed offer is missing',
    {},
    [operation('offer', 'Seat', 0, { idempotencyKey: 'k', id: rival })],
  ],
  ['no lost event', 'a version of a ticket was not published', without(`ticket:updated/${ticket}/1`)],
  ['no lost event', 'an outcome was not published', without(`order:completed/${order}/1`)],
  ['no lost event', 'a payment was not published', without(`payment:created/${order}/2`)],
  ['no lost event', 'a copy differs', { differences: [`orders ${order}: in tickets it has no copy`] }],
  ['no lost event', 'there is a dead letter', { deadLetters: [{ type: 'x', error: 'y', body: order }] }],
  ['no lost event', 'there was an alarm', { alarms: ['orders: unhandled rejection'] }],
  [
    'no early release',
    'an order expired before its time',
    { orders: [anOrder(order, { ...cancelled, reason: 'expired' })] },
  ],
];

test.each(cases)('a breach of %s is found: %s', (promise, _problem, change, more = []) => {
  const snapshot = { ...correct, ...change };
  const all = [...history, ...more];
  const breaches = findBreaches(snapshot, all).filter((breach) => breach.promise === promise);
  expect(breaches).not.toEqual([]);
  expect(timelineOf(breaches[0]?.ids ?? [], snapshot, all)).toBeDefined();
});

test('the timeline of a breach has the requests, changes, events and charges in order of time', () => {
  const lines = timelineOf([order], correct, history).map((line) => line.split(' ').slice(1, 3).join(' '));
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
