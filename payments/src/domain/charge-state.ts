// A charge as data: its refunds and disputes, and the facts that follow from them.

import {
  type DomainEvent,
  PaymentCreated,
  PaymentPartlyRefunded,
  PaymentRefunded,
  PaymentRefundFailed,
  type Place,
} from '@ticketing/common/events';
import { toDecimal } from '@ticketing/common/money';
import type { Payable } from './payment-state.js';

export type Refund = Readonly<{
  /** `rf-<orderId>-<n>`, which is the idempotency key too. The only refund of earlier releases has no `-<n>`. */
  id: string;
  amountInMinorUnits: number;
  /** `requested` is saved here and perhaps not yet known to Stripe. */
  status: 'requested' | 'pending' | 'succeeded' | 'failed';
  /** `user:<id>`, `operator:<user id or name>`, `system`, or `card-network` for a refund made at Stripe's dashboard */
  by: string;
  reason: string;
  /** The places that it pays back. They are free again once it has succeeded. */
  places?: readonly Place[] | undefined;
  stripeId?: string | undefined;
  /** The idempotent request that asked for it. */
  requestKey?: string | undefined;
  /** Why it failed. */
  problem?: string | undefined;
}>;

export type Dispute = Readonly<{
  /** `du_…` or `dp_…` */
  id: string;
  amountInMinorUnits: number;
  status: 'open' | 'won' | 'lost';
  reason: string;
  /** An inquiry of the bank: nothing was withdrawn, and refunds are possible. */
  isRefundable?: boolean | undefined;
}>;

export type Charge = Payable &
  Readonly<{
    status: 'parked' | 'succeeded' | 'refunding' | 'partly-refunded' | 'refunded';
    intentId: string;
    refunds?: readonly Refund[] | undefined;
    disputes?: readonly Dispute[] | undefined;
    isOrderCancelled?: true | undefined;
  }>;

/**
 * Earlier releases stored no list of refunds: their status means one refund of the whole charge of a cancelled order.
 */
export function withRefunds(charge: Charge): Charge {
  if (charge.refunds || (charge.status !== 'refunding' && charge.status !== 'refunded')) return charge;
  const refund: Refund = {
    id: legacyRefundId(charge.id),
    amountInMinorUnits: charge.amountInMinorUnits,
    status: charge.status === 'refunding' ? 'requested' : 'succeeded',
    by: 'system',
    reason: 'order-cancelled',
  };
  return { ...charge, refunds: [refund], isOrderCancelled: true };
}

export const legacyRefundId = (orderId: string): string => `rf-${orderId}`;

/** Ids only grow, because an id is an idempotency key at Stripe. */
export function nextRefundId({ id, refunds = [] }: Charge): string {
  const numbers = refunds.map((refund) => Number(/-(\d+)$/.exec(refund.id.slice(id.length))?.[1] ?? 0));
  return `rf-${id}-${Math.max(refunds.length, ...numbers) + 1}`;
}

const sum = (entries: readonly { amountInMinorUnits: number }[]): number =>
  entries.reduce((total, { amountInMinorUnits }) => total + amountInMinorUnits, 0);

const returnedBy = ({ refunds = [], disputes = [] }: Charge, counted: readonly Refund['status'][]): number =>
  sum(refunds.filter(({ status }) => counted.includes(status))) +
  sum(disputes.filter(({ status }) => status === 'lost'));

/** The amount that has gone back to the buyer or is on its way, in minor units. */
export const refundedOrPendingAmount = (charge: Charge): number =>
  returnedBy(charge, ['requested', 'pending', 'succeeded']);

/** As `returned`, without refunds that Stripe has not confirmed. */
export const confirmedRefundAmount = (charge: Charge): number => returnedBy(charge, ['pending', 'succeeded']);

/** The amount that the buyer has again, in minor units: refunds that succeeded, and lost disputes. */
export const receivedRefundAmount = (charge: Charge): number => returnedBy(charge, ['succeeded']);

/** The places that are free again. */
export const freedPlaces = ({ refunds = [] }: Charge): readonly Place[] =>
  refunds.filter(({ status }) => status === 'succeeded').flatMap(({ places = [] }) => places);

/** The amount that can still be refunded, at least 0: a refund at the dashboard may come beside a requested one. */
export const refundableAmount = (charge: Charge): number =>
  Math.max(0, charge.amountInMinorUnits - refundedOrPendingAmount(charge));

/** Does an open or lost dispute hold the money? Stripe then refuses refunds. */
export const isHeldByDispute = ({ disputes = [] }: Charge): boolean =>
  disputes.some(({ status, isRefundable }) => status !== 'won' && isRefundable !== true);

/** Another refund or a dispute came before this one, so Stripe refused it. It was never on its way to the buyer. */
export const wasRefused = ({ status, problem }: Pick<Refund, 'status' | 'problem'>): boolean =>
  status === 'failed' && (problem === 'refund-too-large' || problem === 'payment-disputed');

/** The status is a function of what went back. A charge without a buyer belongs to no known order. */
export function statusOf(charge: Charge): Charge['status'] {
  if (charge.refunds?.some(({ status }) => status === 'requested')) return 'refunding';
  const amount = refundedOrPendingAmount(charge);
  if (amount >= charge.amountInMinorUnits) return 'refunded';
  if (amount > 0) return 'partly-refunded';
  return charge.userId === '' ? 'parked' : 'succeeded';
}

/**
 * The event that describes the present state to a consumer that has missed others: payment:refunded for a whole refund,
 * payment:partly-refunded if a refund has freed places, otherwise payment:created. Undefined without a known order, and
 * while a cancelled order is not refunded.
 */
export function chargeEvent(charge: Charge): DomainEvent | undefined {
  if (charge.userId === '') return undefined;
  switch (charge.status) {
    case 'parked':
      return undefined;
    case 'refunded':
      return refundedEvent(charge);
    case 'succeeded':
    case 'refunding':
    case 'partly-refunded':
      if (charge.isOrderCancelled) return undefined;
      return freedPlaces(charge).length > 0 ? partlyRefundedEvent(charge) : createdEvent(charge);
  }
}

export const createdEvent = (charge: Charge) => PaymentCreated(dataOf(charge));

export const refundedEvent = (charge: Charge) =>
  PaymentRefunded({ ...dataOf(charge), reason: reasonOf(charge), refunds: refundsOf(charge) });

export const partlyRefundedEvent = (charge: Charge) =>
  PaymentPartlyRefunded({ ...dataOf(charge), ...returnedOf(charge) });

export const refundFailedEvent = (charge: Charge) =>
  PaymentRefundFailed({ ...dataOf(charge), ...returnedOf(charge) });

function reasonOf({ isOrderCancelled, disputes = [] }: Charge): string {
  if (isOrderCancelled) return 'order-cancelled';
  return disputes.some(({ status }) => status === 'lost') ? 'dispute-lost' : 'refund';
}

/** As events and answers name the person behind a refund. */
export function requesterOf(by: string): 'seller' | 'operator' | 'system' | 'card-network' {
  if (by.startsWith('user:')) return 'seller';
  if (by.startsWith('operator:')) return 'operator';
  return by === 'card-network' ? by : 'system';
}

const refundsOf = ({ refunds = [], currency }: Charge) =>
  refunds.map(({ id, amountInMinorUnits, status, by, reason, places }) => ({
    id,
    amount: toDecimal(amountInMinorUnits, currency),
    status: status === 'requested' ? ('pending' as const) : status,
    by: requesterOf(by),
    reason,
    ...(places && { places: [...places] }),
  }));

const returnedOf = (charge: Charge) => ({
  refunded: toDecimal(confirmedRefundAmount(charge), charge.currency),
  refunds: refundsOf(charge),
});

function dataOf({ id, version, intentId, amountInMinorUnits, currency }: Charge) {
  return {
    id,
    orderId: id,
    version,
    stripeId: intentId,
    amount: toDecimal(amountInMinorUnits, currency),
    currency,
  };
}
