import type { LinkPurpose } from '@ticketing/common/events';
import type { Kind } from '../templates/types.js';
import {
  channelsOf,
  onLinkRequested,
  onOrderCancelled,
  onOrderPaid,
  onOrderPlaced,
  onPasswordChanged,
  onRefund,
  onSignedIn,
  type Notice,
} from './notice.js';
import type { Order } from './order.js';

const [buyer, seller] = ['b'.repeat(24), 'c'.repeat(24)];
const [first, second] = ['1'.repeat(24), '2'.repeat(24)];
const order: Order = {
  id: 'a'.repeat(24),
  version: 0,
  userId: buyer,
  sellerId: seller,
  items: [
    { ticketId: first, title: 'Final', price: '10.00', quantity: 2 },
    { ticketId: second, title: 'Dinner', price: '5.00', quantity: 1 },
  ],
  total: '25.00',
  currency: 'usd',
  expiresAt: new Date('2026-11-25T12:15:00Z'),
  told: ['placed'],
};
const free = { ...order, total: '0.00' };
const ownTicket = { ...order, sellerId: buyer };
const fromEarlierRelease = { ...order, sellerId: undefined };
const refund = { id: 'rf-1', amount: '10.00', reason: 'refund' };

const told = (notices: readonly Notice[]) => notices.map(({ kind, userId }) => [kind, userId]);
const [asBuyer, asSeller] = [(kind: Kind) => [kind, buyer], (kind: Kind) => [kind, seller]];

const cases: readonly (readonly [what: string, notices: readonly Notice[], expected: string[][]])[] = [
  ['an order is placed', onOrderPlaced(order), [asBuyer('order-placed')]],
  ['a free order is placed', onOrderPlaced(free), []],
  ['an order is paid', onOrderPaid(order), [asBuyer('order-paid'), asSeller('seller-sold')]],
  ['a free order is complete', onOrderPaid(free), [asBuyer('order-paid'), asSeller('seller-sold')]],
  ['somebody buys from themselves', onOrderPaid(ownTicket), [asBuyer('order-paid')]],
  ['an order without a seller is paid', onOrderPaid(fromEarlierRelease), [asBuyer('order-paid')]],
  ['an order expires', onOrderCancelled(order, { reason: 'expired' }), [asBuyer('order-expired')]],
  ['the buyer cancels', onOrderCancelled(order, { reason: 'buyer' }), [asBuyer('order-cancelled')]],
  ['money goes back', onRefund(order, refund), [asBuyer('order-refunded'), asSeller('seller-refunded')]],
  [
    'money of a cancelled order goes back',
    onRefund(order, { ...refund, reason: 'order-cancelled' }),
    [asBuyer('order-refunded')],
  ],
];
test.each(cases)('when %s, the right people are told', (_what, notices, expected) => {
  expect(told(notices)).toEqual(expected);
});

test('a cancellation says whether an operator has done it', () => {
  const dataOf = (byOperator?: true) => onOrderCancelled(order, { reason: 'buyer', byOperator })[0]?.data;
  expect([dataOf(true), dataOf()]).toMatchObject([{ byOperator: true }, { byOperator: false }]);
});

test('a refund of places lists these places, and one of an amount the whole order', () => {
  const place = (ticketId: string, number: number) => ({ ticketId, place: number });
  const [ofPlace] = onRefund(order, { ...refund, places: [place(first, 0)] });
  const [ofAmount] = onRefund(order, refund);
  expect(ofPlace?.data).toMatchObject({ lines: [{ title: 'Final', price: '10.00', quantity: 1 }] });
  expect(ofAmount?.data).toMatchObject({ lines: [{ title: 'Final' }, { title: 'Dinner' }] });
});

test.each([
  ['10.00', false],
  ['25.00', true],
])('a refund of %s of 25.00 is whole: %s', (amount, isWhole) => {
  expect(onRefund(order, { ...refund, amount })[0]?.data).toMatchObject({ amount, isWhole, total: '25.00' });
});

describe('a link', () => {
  const link = (purpose: LinkPurpose) => ({
    id: 'l',
    purpose,
    email: 'ada@example.com',
    expiresAt: new Date(0),
  });
  const kinds: Readonly<Record<LinkPurpose, Kind>> = {
    'verify-email': 'verify-email',
    'reset-password': 'reset-password',
    'confirm-old-email': 'confirm-email-change',
    'confirm-new-email': 'confirm-email-change',
  };
  test.each(Object.entries(kinds) as [LinkPurpose, Kind][])(
    'to %s is a mail of the kind %s',
    (purpose, kind) => {
      expect(onLinkRequested(buyer, 3, link(purpose))).toMatchObject({ kind, userId: buyer });
    },
  );

  test('of a new account comes with a welcome', () => {
    expect(onLinkRequested(buyer, 0, link('verify-email')).kind).toBe('welcome');
  });
});

test('what happens to an account is told to its owner, once for each version', () => {
  const [at, account] = [new Date(0), { id: buyer, version: 5 }];
  const notices = [onSignedIn(account, { at, device: 'x' }), onPasswordChanged(account, { at, by: 'reset' })];
  expect(notices.map(({ event, userId }) => [event, userId])).toEqual([
    [`user:signed-in/${buyer}/5`, buyer],
    [`user:password-changed/${buyer}/5`, buyer],
  ]);
});

test('the feed shows everything but links', () => {
  const kinds: Readonly<Record<Kind, boolean>> = {
    'order-placed': true,
    'order-paid': true,
    'order-expired': true,
    'order-cancelled': true,
    'order-refunded': true,
    'seller-sold': true,
    'seller-refunded': true,
    welcome: false,
    'verify-email': false,
    'reset-password': false,
    'confirm-email-change': false,
    'new-sign-in': true,
    'password-changed': true,
  };
  for (const [kind, isInFeed] of Object.entries(kinds) as [Kind, boolean][])
    expect([kind, ...channelsOf(kind)]).toEqual([kind, 'mail', ...(isInFeed ? ['feed'] : [])]);
});
