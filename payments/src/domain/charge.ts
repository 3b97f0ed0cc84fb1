// The life of a charge after it succeeded, and the only place where it is decided; refund-request.ts adds the requests.
//
//   parked ──order:created──► succeeded ──► refunding ──► partly-refunded ──► refunded
//      └─────────────────────────────────────►┘  ▲               │
//                                                └───────────────┘
//
// The status follows from the refunds and disputes (charge-state.ts): a requested refund makes it `refunding`, and a refund
// that fails or a dispute that is won leads back. `parked` has our mark and an unknown order: a person decides about it.

import { accept, already, type Decision } from '@ticketing/common/decision';
import type { DomainEvent } from '@ticketing/common/events';
import {
  chargeEvent,
  freedPlaces,
  isHeldByDispute,
  refundableAmount,
  legacyRefundId,
  nextRefundId,
  partlyRefundedEvent,
  refundedEvent,
  refundFailedEvent,
  confirmedRefundAmount,
  statusOf,
  wasRefused,
  withRefunds,
  type Charge,
  type Dispute,
  type Refund,
} from './charge-state.js';
import { isCharge, type Payment } from './payment-state.js';

/** A refund as Stripe knows it. */
export type ReportedRefund = Readonly<{
  stripeId: string;
  /** our id, in its metadata; absent for a refund that was made at Stripe's dashboard */
  refundId?: string | undefined;
  amountInMinorUnits: number;
  status: 'pending' | 'succeeded' | 'failed';
  reason: string;
  problem?: string | undefined;
}>;

/** All refunds, oldest first, and all disputes of a charge as Stripe knows them. */
export type ReportedCharge = Readonly<{ refunds: readonly ReportedRefund[]; disputes: readonly Dispute[] }>;

/** The order is cancelled, so everything that is left goes back. */
export function refundOfCancelledOrder(payment: Charge): Decision<Payment> {
  const charge = withRefunds(payment);
  if (charge.isOrderCancelled) return already(payment);
  return withDueRefundAndStatus(charge, { ...charge, isOrderCancelled: true });
}

/** Records what Stripe knows about the charge, including what was done at its dashboard. */
export function recordReported(payment: Payment, found: ReportedCharge): Decision<Payment> {
  if (!isCharge(payment)) return already(payment);
  const charge = withRefunds(payment);
  const disputes = found.disputes.reduce(recordDispute, charge.disputes ?? []);
  const known = { ...charge, disputes, refunds: found.refunds.reduce(adopt(charge), charge.refunds ?? []) };
  return withDueRefundAndStatus(charge, fitSystemRefunds(withoutHeldRefunds(known)));
}

/** Records Stripe's answer to a refund of ours. */
export function recordRefund(payment: Payment, answer: ReportedRefund): Decision<Payment> {
  if (!isCharge(payment)) return already(payment);
  const charge = withRefunds(payment);
  return withDueRefundAndStatus(charge, { ...charge, refunds: adopt(charge)(charge.refunds ?? [], answer) });
}

/** Stripe has definitely refused this refund. Nobody is refunded by it. */
export function recordRefusedRefund(payment: Payment, refundId: string, problem: string): Decision<Payment> {
  if (!isCharge(payment)) return already(payment);
  const charge = withRefunds(payment);
  const refunds = (charge.refunds ?? []).map((refund) =>
    refund.id === refundId ? refused(refund, problem) : refund,
  );
  return withDueRefundAndStatus(charge, { ...charge, refunds });
}

// Answers of Stripe may be recorded in another order than they were given. A refund only moves on.
const progress: Record<Refund['status'], number> = { requested: 0, pending: 1, succeeded: 2, failed: 3 };

function adopt(charge: Charge) {
  const legacyId = legacyRefundId(charge.id);
  return (refunds: readonly Refund[], found: ReportedRefund): readonly Refund[] => {
    const { refundId, reason, ...facts } = found;
    // Earlier releases stored neither Stripe's id nor our own in the metadata.
    const isSame = ({ id, stripeId }: Refund) =>
      stripeId === found.stripeId ||
      id === refundId ||
      (id === legacyId && stripeId === undefined && refundId === undefined);
    const known = refunds.find(isSame);
    if (!known) {
      const id = refundId ?? nextRefundId({ ...charge, refunds });
      return [...refunds, { id, by: refundId === undefined ? 'card-network' : 'system', reason, ...facts }];
    }
    const isNews = progress[facts.status] > progress[known.status] || known.stripeId === undefined;
    return isNews ? refunds.map((refund) => (refund === known ? { ...refund, ...facts } : refund)) : refunds;
  };
}

function recordDispute(disputes: readonly Dispute[], found: Dispute): readonly Dispute[] {
  const known = disputes.find(({ id }) => id === found.id);
  if (!known) return [...disputes, found];
  const isOld = known.status !== 'open' && found.status === 'open';
  const isSame = known.status === found.status && known.isRefundable === found.isRefundable;
  return isOld || isSame ? disputes : disputes.map((dispute) => (dispute === known ? found : dispute));
}

// Stripe refunds nothing of a disputed charge. If it answered the first try with a server error, it would repeat that answer
// for a day, so the refusal is not waited for.
function withoutHeldRefunds(charge: Charge): Charge {
  if (!isHeldByDispute(charge)) return charge;
  const refunds = charge.refunds?.map((refund) => refused(refund, 'payment-disputed'));
  return { ...charge, refunds };
}

const refused = (refund: Refund, problem: string): Refund =>
  refund.status === 'requested' ? { ...refund, status: 'failed', problem } : refund;

// The refund of a cancelled order covers what is left. Stripe does not know it yet, so a refund at the dashboard or a
// dispute may have come first. Another amount needs another id, because the id is the idempotency key.
function fitSystemRefunds(charge: Charge): Charge {
  const { refunds = [] } = charge;
  const refund = refunds.find(({ status, by }) => status === 'requested' && by === 'system');
  if (!refund) return charge;
  const others = { ...charge, refunds: refunds.filter((other) => other !== refund) };
  const replaceBy = (next: Refund): Charge => ({
    ...charge,
    refunds: refunds.map((other) => (other === refund ? next : other)),
  });
  const amountInMinorUnits = refundableAmount(others);
  if (amountInMinorUnits === 0) return others;
  if (amountInMinorUnits >= refund.amountInMinorUnits) return charge;
  return replaceBy({ ...refund, id: nextRefundId(charge), amountInMinorUnits });
}

const maxRefusals = 3;

// A refund of ours that failed is not repeated without a person, because it would fail again. One that was refused is
// repeated a few times: Stripe's list then shows what came first.
function isBlocked({ refunds = [], disputes = [] }: Charge): boolean {
  const failed = refunds.filter(({ status, by }) => status === 'failed' && by === 'system');
  return failed.length >= disputes.length + maxRefusals || !failed.every(wasRefused);
}

function withDueRefund(charge: Charge): Charge {
  const { isOrderCancelled, refunds = [] } = charge;
  if (!isOrderCancelled || isBlocked(charge) || isHeldByDispute(charge) || refundableAmount(charge) === 0)
    return charge;
  const due: Refund = {
    id: nextRefundId(charge),
    amountInMinorUnits: refundableAmount(charge),
    status: 'requested',
    by: 'system',
    reason: 'order-cancelled',
  };
  return { ...charge, refunds: [...refunds, due] };
}

/** The next state of a charge, with the refund that is due and the status that follows. */
export function withDueRefundAndStatus(
  before: Charge,
  changed: Charge,
  ...first: readonly DomainEvent[]
): Decision<Payment> {
  const due = withDueRefund(changed);
  const next = { ...due, status: statusOf(due), version: before.version + 1 };
  if (isUnchanged(before, next)) return already(before);
  return accept(next, ...first, ...newsOf(before, next));
}

function isUnchanged(before: Charge, next: Charge): boolean {
  const same = <T>(old: readonly T[] = [], fresh: readonly T[] = []) =>
    old.length === fresh.length && old.every((entry, index) => entry === fresh[index]);
  return (
    same(before.refunds, next.refunds) &&
    same(before.disputes, next.disputes) &&
    before.isOrderCancelled === next.isOrderCancelled &&
    before.status === next.status &&
    before.userId === next.userId
  );
}

function newsOf(before: Charge, next: Charge): DomainEvent[] {
  if (next.userId === '') return [];
  const isNew = next.status !== before.status;
  const hasFailed = ({ id, status }: Refund) =>
    status === 'failed' && before.refunds?.find((refund) => refund.id === id)?.status !== 'failed';
  const isLarger = confirmedRefundAmount(next) > confirmedRefundAmount(before);
  const isPart = next.status === 'partly-refunded' && (isNew || isLarger);
  // Also while another refund waits for Stripe.
  const isFreed = next.status !== 'refunded' && freedPlaces(next).length > freedPlaces(before).length;
  return [
    ...(next.refunds?.some(hasFailed) ? [refundFailedEvent(next)] : []),
    ...(next.status === 'refunded' && isNew ? [refundedEvent(next)] : []),
    ...(isPart || isFreed ? [partlyRefundedEvent(next)] : []),
  ];
}

/** The order of a parked charge is known now. */
export function adoptParkedCharge(
  payment: Charge,
  buyer: Pick<Charge, 'userId' | 'sellerId' | 'expiresAt' | 'items'>,
): Decision<Payment> {
  const charge = { ...withRefunds(payment), ...buyer };
  const next = { ...charge, status: statusOf(charge), version: payment.version + 1 };
  const event = chargeEvent(next);
  return event ? accept(next, event) : accept(next);
}
