// The notices: their kinds, the events that cause them, and their channels. The only place where that is decided.
//
//   order placed (not if it is free)   buyer: order-placed
//   order paid, also without a price   buyer: order-paid         seller: seller-sold
//   order expired                      buyer: order-expired
//   order cancelled                    buyer: order-cancelled
//   money of a refund went back        buyer: order-refunded     seller: seller-refunded, if the order was sold
//   link requested                     owner: welcome, verify-email, reset-password or confirm-email-change
//   new sign-in, new password          owner: new-sign-in, password-changed

import type { LinkPurpose } from '@ticketing/common/events';
import { toMinorUnits } from '@ticketing/common/money';
import type { Kind, NoticeData } from '../templates/types.js';
import { linesOf, type Order } from './order.js';
import type { Refund } from './refunds.js';

export type LinkKind = 'welcome' | 'verify-email' | 'reset-password' | 'confirm-email-change';

/** A link without its secret, which is computed when the mail is sent. */
export type Link = Readonly<{
  id: string;
  purpose: LinkPurpose;
  /** the address of the mail */
  email: string;
  newEmail?: string | undefined;
  expiresAt: Date;
}>;

/** A kind of notice with its data. */
export type NoticeContent = {
  [K in Kind]: Readonly<{ kind: K; data: K extends LinkKind ? Link : NoticeData[K] }>;
}[Kind];

export type Notice = NoticeContent &
  Readonly<{
    /** The event, the same in every copy of it. One event makes one notice for each recipient and channel. */
    event: string;
    userId: string;
  }>;

export type Channel = 'mail' | 'feed';

const linkKinds: Readonly<Record<LinkKind, true>> = {
  welcome: true,
  'verify-email': true,
  'reset-password': true,
  'confirm-email-change': true,
};

export const isLinkKind = (kind: Kind): kind is LinkKind => kind in linkKinds;

/** A link belongs in the mailbox that it proves, so the feed does not show it. */
export const channelsOf = (kind: Kind): readonly Channel[] =>
  isLinkKind(kind) ? ['mail'] : ['mail', 'feed'];

export function onOrderPlaced(order: Order): Notice[] {
  const { expiresAt, currency, total } = order;
  if (toMinorUnits(total, currency) === 0) return [];
  const event = `order:created/${order.id}`;
  return [{ event, userId: order.userId, kind: 'order-placed', data: { ...dataOf(order), expiresAt } }];
}

export function onOrderPaid(order: Order): Notice[] {
  const event = `order:completed/${order.id}`;
  const data = dataOf(order);
  return [
    { event, userId: order.userId, kind: 'order-paid', data },
    ...toSeller(order, (userId): Notice => ({ event, userId, kind: 'seller-sold', data })),
  ];
}

type Cancellation = Readonly<{ reason: 'buyer' | 'expired'; byOperator?: true | undefined }>;

export function onOrderCancelled(order: Order, { reason, byOperator }: Cancellation): Notice[] {
  const to = { event: `order:cancelled/${order.id}`, userId: order.userId };
  const data = dataOf(order);
  return reason === 'expired'
    ? [{ ...to, kind: 'order-expired', data }]
    : [{ ...to, kind: 'order-cancelled', data: { ...data, byOperator: byOperator === true } }];
}

/** A seller gets no notice if the order was cancelled before it was paid: there was no notice of a sale. */
export function onRefund(order: Order, refund: Refund): Notice[] {
  const event = `payment:refunded/${refund.id}`;
  const { amount, places } = refund;
  const data = { ...dataOf(order), lines: linesOf(order, places), amount, isWhole: amount === order.total };
  const buyer: Notice = { event, userId: order.userId, kind: 'order-refunded', data };
  if (refund.reason === 'order-cancelled') return [buyer];
  return [buyer, ...toSeller(order, (userId): Notice => ({ event, userId, kind: 'seller-refunded', data }))];
}

const kindOfPurpose: Readonly<Record<LinkPurpose, LinkKind>> = {
  'verify-email': 'verify-email',
  'reset-password': 'reset-password',
  'confirm-old-email': 'confirm-email-change',
  'confirm-new-email': 'confirm-email-change',
};

/** The version of an account that has just been created. */
const firstVersion = 0;

/** The first link of an account comes with a welcome. */
export function onLinkRequested(userId: string, version: number, link: Link): Notice {
  const { purpose } = link;
  const isFirst = purpose === 'verify-email' && version === firstVersion;
  const kind = isFirst ? 'welcome' : kindOfPurpose[purpose];
  return { event: `user:link-requested/${link.id}`, userId, kind, data: link };
}

type Change = Readonly<{ id: string; version: number }>;

export const onSignedIn = ({ id, version }: Change, data: NoticeData['new-sign-in']): Notice => ({
  event: `user:signed-in/${id}/${version}`,
  userId: id,
  kind: 'new-sign-in',
  data,
});

export const onPasswordChanged = ({ id, version }: Change, data: NoticeData['password-changed']): Notice => ({
  event: `user:password-changed/${id}/${version}`,
  userId: id,
  kind: 'password-changed',
  data,
});

const dataOf = (order: Order) => ({
  orderId: order.id,
  lines: linesOf(order),
  total: order.total,
  currency: order.currency,
});

/** A seller who buys their own ticket gets the notice of the buyer only. */
const toSeller = ({ userId, sellerId }: Order, notice: (sellerId: string) => Notice): Notice[] =>
  sellerId === undefined || sellerId === userId ? [] : [notice(sellerId)];
