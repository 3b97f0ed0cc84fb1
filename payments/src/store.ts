// The collection of payments, its queries, and what use cases may use.

import { setTimeout as delay } from 'node:timers/promises';
import { toState, type Documents, type Stored } from '@ticketing/common/documents';
import { isOutage } from '@ticketing/common/errors';
import type { Cause } from '@ticketing/common/observability';
import type { Base, Mongodb } from '@ticketing/common/service';
import { Schema, trusted } from 'mongoose';
import { openCards } from './cards/cards.js';
import type { Config } from './config.js';
import { openDeclineLimits } from './decline-limits.js';
import {
  historyDetail,
  paymentEvent,
  unsettled,
  statusesWaitingForPerson,
  type Payment,
} from './domain/payment-state.js';
import { openMetrics } from './metrics.js';
import { settle } from './settlement/settle.js';

export type PaymentsContext = ReturnType<typeof openContext>;

export function openContext(platform: Base<Config> & Mongodb) {
  const { config, log, now, bus } = platform;
  const settling = new Map<string, Promise<void>>();

  const ctx = {
    ...{ config, log, now, bus },
    payments: openPayments(platform),
    declineLimits: openDeclineLimits(platform.database, platform),
    metrics: openMetrics(platform.metrics),
    cards: openCards(config, log, now),

    /** Continues a settlement that the caller does not wait for. The sweep resumes it if it fails. */
    settleInBackground(settlement: Promise<Payment>, orderId: string): void {
      const watched = settlement.then(
        () => undefined,
        (error: unknown) =>
          log[isOutage(error) ? 'warn' : 'error'](
            { err: error, orderId },
            'payment not settled yet: the sweep will retry',
          ),
      );
      settling.set(orderId, watched);
      platform.runInBackground(
        watched.then(() => void (settling.get(orderId) === watched && settling.delete(orderId))),
      );
    },

    /** Waits for a settlement that this process has begun, up to a limit. */
    async settlementOf(orderId: string, maxMs: number): Promise<void> {
      const settlement = settling.get(orderId);
      if (settlement) await Promise.race([settlement, delay(maxMs, undefined, { ref: false })]);
    },

    /** Settles a payment in the background. */
    settleSoon(payment: Payment, cause: Cause): void {
      ctx.settleInBackground(settle(ctx, payment, cause), payment.id);
    },
  };
  return ctx;
}

const schema = new Schema({
  userId: String,
  sellerId: String,
  amountInMinorUnits: Number,
  currency: String,
  expiresAt: Date,
  items: [Object],
  status: String,
  attempt: Number,
  attemptedBy: [String],
  token: String,
  methodId: String,
  offSession: Boolean,
  intentId: String,
  intents: Number,
  declineCode: String,
  declineReason: String,
  declines: Number,
  declinedAt: Date,
  refunds: [Object],
  disputes: [Object],
  strays: [Object],
  isOrderCancelled: Boolean,
});
// Finds the payment of a charge, refund or dispute, which carry no mark of their own.
schema.index({ intentId: 1 }, { partialFilterExpression: { intentId: { $gt: '' } } });
// Finds payments by the ids of their unexplained intents, refunds and disputes. Few payments have any.
for (const id of ['strays.intentId', 'refunds.stripeId', 'disputes.id'])
  schema.index({ [id]: 1 }, { partialFilterExpression: { [id]: { $gt: '' } } });
// Finds refunds that have failed, or that Stripe has not decided.
const notPaidOut = { 'refunds.status': { $in: ['failed', 'pending'] } };
schema.index({ 'refunds.status': 1, changedAt: 1 }, { partialFilterExpression: notPaidOut });
// Finds challenges whose time ends, and parked charges.
schema.index(
  { status: 1, expiresAt: 1 },
  { name: 'waiting', partialFilterExpression: { status: { $in: statusesWaitingForPerson } } },
);
// Finds unsettled payments for the sweep.
schema.index(
  { changedAt: 1 },
  { name: 'unsettled', partialFilterExpression: { status: { $in: unsettled } } },
);

/** A payment with the time of its last change. */
type PaymentAndTime = Readonly<{ payment: Payment; since: Date }>;

/** The times of two processes of this service differ by less. */
const clocksDifferMs = 2_000;

function openPayments({ collection, now }: Base<Config> & Mongodb) {
  const payments = collection<Payment>({
    name: 'payment',
    schema,
    toEvent: paymentEvent,
    detail: historyDetail,
  });

  return { ...payments, ...countsOf(payments), ...queriesOf(payments, now) };
}

function countsOf({ model }: Documents<Payment>) {
  return {
    /** The number of unsettled payments by status, and the last change of the oldest; counted up to 10,000. */
    async countUnsettled(): Promise<Map<string, { count: number; since: Date }>> {
      const found = await model.aggregate<{ _id: string; count: number; since: Date }>([
        { $match: { status: trusted({ $in: unsettled }), changedAt: trusted({ $gt: new Date(0) }) } },
        { $limit: 10_000 },
        { $group: { _id: '$status', count: { $sum: 1 }, since: { $min: '$changedAt' } } },
      ]);
      return new Map(found.map(({ _id, count, since }) => [_id, { count, since }]));
    },

    /** The number of payments that wait for a person, by status; counted up to 10,000. */
    async countWaiting(): Promise<[status: string, count: number][]> {
      const count = (status: string) => model.countDocuments({ status } as never).limit(10_000);
      return Promise.all(
        statusesWaitingForPerson.map(async (status) => [status, await count(status)] as const),
      ) as never;
    },
  };
}

function queriesOf(payments: Documents<Payment>, now: () => Date) {
  return {
    /** The payment of this intent, if we created it. */
    async ofIntent(intentId: string): Promise<Payment | undefined> {
      const found = await payments.model.findOne({ intentId }, { _id: 1 }).lean<{ _id: string }>();
      return found ? payments.find(found._id) : undefined;
    },

    /** The payments of an intent that no payment explains, of a refund or of a dispute, by its id at Stripe. */
    async ofStripeId(field: 'strays.intentId' | 'refunds.stripeId' | 'disputes.id', id: string) {
      const found = await payments.model.find({ [field]: id } as never).lean<Stored<Payment>[]>();
      return found.map(toState);
    },

    /** Payments that may need a decision of a person, with their last change. */
    async *needingAttention(): AsyncGenerator<PaymentAndTime> {
      const reasons = [
        { status: 'parked' },
        { 'strays.intentId': trusted({ $gt: '' }) },
        { 'refunds.status': 'failed' },
        { 'disputes.id': trusted({ $gt: '' }), 'disputes.status': 'open' },
      ];
      yield* read(payments.model.find({ $or: reasons } as never));
    },

    /** Payments with a refund that Stripe has not decided, which have not changed since `time`. */
    async *withPendingRefundBefore(time: Date): AsyncGenerator<Payment> {
      const pending = { 'refunds.status': 'pending', changedAt: trusted({ $lt: time }) };
      for await (const { payment } of read(payments.model.find(pending as never))) yield payment;
    },

    /** Challenges of orders that expire before `time`. */
    async *challengesExpiringBefore(time: Date): AsyncGenerator<Payment> {
      const challenged = { status: 'requires-action', expiresAt: trusted({ $lt: time }) };
      for await (const { payment } of read(payments.model.find(challenged as never))) yield payment;
    },

    /**
     * Unsettled payments whose last change, `since`, is before `time`, oldest first; then those whose last change is in the
     * future. A clock that was ahead stored it, so their age is unknown.
     */
    async *unsettledBefore(time: Date): AsyncGenerator<PaymentAndTime> {
      const until = new Date(now().getTime() + clocksDifferMs);
      const status = trusted({ $in: unsettled });
      const times = [trusted({ $lt: time }), trusted({ $gt: until })];
      const found = payments.model.find({ $or: times.map((changedAt) => ({ status, changedAt })) } as never);
      yield* read(found.sort({ changedAt: 1 }));
    },
  };
}

async function* read(found: ReturnType<Documents<Payment>['model']['find']>): AsyncGenerator<PaymentAndTime> {
  for await (const document of found.lean<Stored<Payment>[]>().cursor()) {
    const stored = document as Stored<Payment>;
    yield { payment: toState(stored), since: stored.changedAt };
  }
}
