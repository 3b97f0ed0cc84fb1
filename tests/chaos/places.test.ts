// The checker finds no breach in a correct run with places and carts, and finds each planted fault.

import type { Envelope } from '@ticketing/common/events';
import { checkUnsold } from './places.js';
import { findBreaches, type PromiseName } from './promises.js';
import type { Snapshot } from './snapshot.js';
import type { Operation } from './workload/recording-client.js';

const [hall, seat, order, rival, buyer] = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(24)) as [
  string,
  string,
  string,
  string,
  string,
];
const secondPlace = `${hall}/00001`;
const second = (count: number) => new Date(Date.UTC(2026, 10, 23, 12, 0, count));
const entry = (at: number, from: string | undefined, to: string, version: number) => ({
  at: second(at),
  ...{ by: 'x', why: 'y', from, to, version },
});
const event = (id: string, data: object = {}, at = 0) =>
  ({ id, type: id.split('/')[0], time: second(at).toISOString(), data }) as unknown as Envelope;
const asking = (at: number, more: Partial<Operation>): Operation => ({
  ...{ kind: 'order', user: buyer, target: hall, status: 201 },
  ...{ startedAt: second(at).getTime(), endedAt: second(at + 1).getTime() },
  ...more,
});
const refused = (quantity: number, available?: number): Operation =>
  asking(8, {
    ...{ status: 409, code: 'ticket-reserved', asked: [{ ticketId: hall, quantity }] },
    ...(available !== undefined && { left: { ticketId: hall, available } }),
  });

const itemsOf = (hallPlaces: readonly number[], seatPlaces = [0]) => [
  { ticketId: hall, price: '19.99', places: hallPlaces },
  { ticketId: seat, price: '5.00', places: seatPlaces },
];
const placed = (items = itemsOf([0, 1]), price = '44.98') =>
  event(`order:created/${order}/0`, { items, ticket: { price, currency: 'usd' } });
const aCart = (claims: readonly string[], more: object = {}) => ({
  ...{ _id: order, version: 1, status: 'complete', userId: buyer, expiresAt: second(900), outbox: [] },
  ticket: { id: claims, priceInMinorUnits: 4_498 },
  history: [entry(1, undefined, 'created', 0), entry(3, 'created', 'complete', 1)],
  ...more,
});
const aTicket = (id: string, version: number, status: string, more: object = {}) => ({
  ...{ _id: id, version, status, history: [], outbox: [] },
  ...more,
});
const hallWith = (sold: number, status = 'available', quantity = 3, reserved = 0) => ({
  tickets: [
    aTicket(hall, 0, status, { quantity, held: { reserved, sold, least: 0 } }),
    aTicket(seat, 0, 'sold'),
  ],
});
const aPayment = (status: string, version: number, ...refunds: object[]) => ({
  ...{ _id: order, version, status, refunds, outbox: [] },
  history: [
    entry(2, undefined, 'succeeded', 2),
    ...(version > 2 ? [entry(4, 'succeeded', status, version)] : []),
  ],
});
const ticketEvents = [hall, seat].map((id): [string, Envelope[]] => [id, [event(`ticket:created/${id}/0`)]]);
const eventsWith = (created: Envelope, ...more: readonly Envelope[]) => ({
  events: new Map([
    ...ticketEvents,
    [order, [created, event(`order:completed/${order}/1`), event(`payment:created/${order}/2`), ...more]],
  ]),
});

/** Two of three places of the hall, and the seat, bought as one cart. */
const correct = {
  orders: [aCart([hall, secondPlace, seat])],
  ...hallWith(2),
  payments: [aPayment('succeeded', 2)],
  intents: [{ id: 'pi_1', orderId: order, charged: 4_498, refunded: 0, status: 'succeeded' }],
  ...eventsWith(placed()),
  ...{ deadLetters: [], differences: [], alarms: [] },
} as unknown as Snapshot;
const cart = [
  { ticketId: hall, quantity: 1 },
  { ticketId: seat, quantity: 1 },
  { ticketId: hall, quantity: 1 },
];
const history = [asking(0, { id: order, asked: cart })];

const refundOf = (places: readonly number[], amountInMinorUnits = 1_999) => ({
  ...{ status: 'succeeded', amountInMinorUnits },
  places: places.map((place) => ({ ticketId: hall, place })),
});
const refunded = (amount: number) => ({ intents: [{ ...correct.intents[0], refunded: amount }] });
const kept = `keeps ticket ${hall} (place 0), ticket ${seat} (place 0)`;
const freedHistory = [...aCart([]).history, { ...entry(5, 'complete', 'complete', 2), detail: kept }];
/** The second place of the hall was refunded by the seller. */
const oneRefunded = {
  ...hallWith(1),
  orders: [aCart([hall, seat], { version: 2, history: freedHistory })],
  payments: [aPayment('partly-refunded', 3, refundOf([1]))],
  ...refunded(1_999),
  ...eventsWith(
    placed(),
    event(`payment:partly-refunded/${order}/3`),
    event(`order:places-freed/${order}/2`, { items: itemsOf([0]) }, 5),
  ),
};
/** An order of another buyer for the second place, asked for at this time. */
const resold = (at: number) => ({
  orders: [
    ...oneRefunded.orders,
    aCart([secondPlace], {
      _id: rival,
      status: 'created',
      version: 0,
      history: [entry(at, undefined, 'created', 0)],
    }),
  ],
});
const rivalAt = (at: number) => asking(at, { id: rival, asked: [{ ticketId: hall, quantity: 1 }] });

test.each<[run: string, change: object, more?: Operation[]]>([
  ['a cart that names a ticket twice', {}],
  ['a buyer who asks for more than is left', {}, [refused(2, 1)]],
  ['a refund by place', oneRefunded],
  [
    'a buyer who was refused before a place became free',
    oneRefunded,
    [{ ...refused(2), startedAt: second(4).getTime(), endedAt: second(4).getTime() }],
  ],
])('a correct run has no breach: %s', (_run, change, more = []) => {
  expect(findBreaches({ ...correct, ...change } as Snapshot, [...history, ...more])).toEqual([]);
});

test('a refund by place has no breach if the broker has lost the events of the order', () => {
  const run = { ...correct, ...oneRefunded, events: new Map(ticketEvents) } as unknown as Snapshot;
  expect(findBreaches(run, history, { streamLost: true })).toEqual([]);
});

test('a place that is sold again after its refund has no breach; one that is sold before has', () => {
  const problems = (at: number) =>
    findBreaches({ ...correct, ...oneRefunded, ...resold(at) } as unknown as Snapshot, [
      ...history,
      rivalAt(at),
    ])
      .filter(({ promise }) => promise === 'one holder per place')
      .map(({ problem }) => problem);
  expect(problems(6)).toEqual([]);
  expect(problems(3)).toEqual([`two buyers held ${secondPlace} at the same time`]);
});

test('a place whose refund has arrived before the payment may be sold again at once', () => {
  const [placement] = freedHistory;
  const both = { ...entry(5, 'created', 'complete', 2), detail: `pi_1, ${kept}` };
  const { orders } = resold(6);
  const [cart, ...others] = orders.map((one) => ({ ...one }));
  const run = { ...correct, ...oneRefunded, orders: [{ ...cart, history: [placement, both] }, ...others] };
  const breaches = findBreaches(run as unknown as Snapshot, [...history, rivalAt(6)]);
  expect(breaches.filter(({ promise }) => promise === 'one holder per place')).toEqual([]);
});

test('a place is free when the cancellation of its order is confirmed, if the confirmations are given', () => {
  const changes = [entry(1, undefined, 'created', 0), entry(3, 'created', 'cancelled', 1)];
  const run = { ...correct, orders: [aCart([hall, secondPlace], { status: 'cancelled', history: changes })] };
  const problems = (...confirmed: [string, number][]) => {
    const found: string[] = [];
    const report = (problem: string) => found.push(problem);
    checkUnsold(run as unknown as Snapshot, [refused(2)], report, { cancelledAt: new Map(confirmed) });
    return found.length;
  };
  expect(problems()).toBe(0);
  expect(problems([order, second(9).getTime()])).toBe(0);
  expect(problems([order, second(4).getTime()])).toBe(1);
});

type Case = [promise: PromiseName, fault: string, change: object, more?: Operation[]];
const cases: Case[] = [
  [
    'one holder per place',
    'two carts share a place',
    { orders: [...correct.orders, aCart([secondPlace], { _id: rival })] },
  ],
  ['one holder per place', 'a cart claims a place twice', { orders: [aCart([hall, hall, seat])] }],
  ['no unsold place', 'a buyer was refused the last place', {}, [refused(1)]],
  ['no unsold place', 'a buyer of two places was told that two are left', {}, [refused(2, 2)]],
  [
    'no unsold place',
    'a cart was refused although all of it was free',
    { orders: [], ...hallWith(0) },
    [{ ...refused(1), asked: cart }],
  ],
  [
    'no unsold place',
    'a buyer was refused long after a place became free',
    oneRefunded,
    [{ ...refused(2), startedAt: second(30).getTime(), endedAt: second(31).getTime() }],
  ],
  [
    'one holder per place',
    'a cart has no seat',
    { orders: [aCart([hall, secondPlace])], ...eventsWith(placed(itemsOf([0, 1], []), '39.98')) },
  ],
  [
    'one holder per place',
    'a buyer of one place has two',
    {},
    [asking(5, { id: order, asked: cart.slice(1) })],
  ],
  ['no lost event', 'a counter is too low', hallWith(1)],
  ['no lost event', 'a paid place counts as unpaid', hallWith(1, 'available', 3, 1)],
  ['no lost event', 'a ticket with a free place is sold', hallWith(2, 'sold')],
  ['no lost event', 'a ticket without a free place is available', hallWith(2, 'available', 2)],
  ['no lost event', 'a place is held beyond the quantity', hallWith(2, 'sold', 1)],
  ['one charge', 'the order costs one place', eventsWith(placed(itemsOf([0, 1]), '19.99'))],
  [
    'one charge',
    'a refund of a place paid less than its price',
    { ...oneRefunded, ...refunded(500), payments: [aPayment('partly-refunded', 3, refundOf([1], 500))] },
  ],
  [
    'one charge',
    'a place was refunded twice',
    {
      ...oneRefunded,
      ...refunded(3_998),
      payments: [aPayment('partly-refunded', 3, refundOf([1]), refundOf([1]))],
    },
  ],
  ['one charge', 'a refunded place is still held', { ...oneRefunded, orders: correct.orders }],
  ['one charge', 'a place is free without a refund', { orders: [aCart([hall, seat])] }],
];

test.each(cases)('a breach of %s is found: %s', (promise, _fault, change, more = []) => {
  const breaches = findBreaches({ ...correct, ...change } as Snapshot, [...history, ...more]);
  expect(breaches.map((breach) => breach.promise)).toContain(promise);
});
