// The collection of payments, its queries, and what use cases may use.

import { toState, type Stored } from '@ticketing/common/documents';
import { isOutage } from '@ticketing/common/errors';
import type { Cause } from '@ticketing/common/observability';
import type { Base, Mongodb } from '@ticketing/common/service';
import { Schema, trusted } from 'mongoose';
import { openCards } from './cards/cards.js';
import type { Config } from './config.js';
import { openDeclineLimits } from './decline-limits.js';
import { historyDetail, paymentEvent, unsettled, type Payment } from './domain/payment-state.js';
import { openMetrics } from './metrics.js';
import { settle } from './settlement.js';

export type PaymentsContext = ReturnType<typeof openContext>;

export function openContext(platform: Base<Config> & Mongodb) {
  const { config, log, now } = platform;

  const ctx = {
    ...{ config, log, now },
    payments: openPayments(platform),
    declineLimits: openDeclineLimits(platform.database, platform),
    metrics: openMetrics(platform.metrics),
    cards: openCards(config, log),

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
      platform.runInBackground(watched);
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
  amountInMinorUnits: Number,
  currency: String,
  expiresAt: Date,
  status: String,
  attempt: Number,
  attemptedBy: [String],
  token: String,
  intentId: String,
  declineCode: String,
});
// Finds unsettled payments for the sweep.
schema.index(
  { changedAt: 1 },
  { name: 'unsettled', partialFilterExpression: { status: { $in: unsettled } } },
);

function openPayments({ collection }: Mongodb) {
  const payments = collection<Payment>({
    name: 'payment',
    schema,
    toEvent: paymentEvent,
    detail: historyDetail,
  });

  return {
    ...payments,

    /** The number of unsettled payments by status, and the last change of the oldest; counted up to 10,000. */
    async countUnsettled(): Promise<Map<string, { count: number; since: Date }>> {
      const found = await payments.model.aggregate<{ _id: string; count: number; since: Date }>([
        { $match: { status: trusted({ $in: unsettled }), changedAt: trusted({ $gt: new Date(0) }) } },
        { $limit: 10_000 },
        { $group: { _id: '$status', count: { $sum: 1 }, since: { $min: '$changedAt' } } },
      ]);
      return new Map(found.map(({ _id, count, since }) => [_id, { count, since }]));
    },

    /** Unsettled payments whose last change, `since`, is before `time`; oldest first. */
    async *unsettledBefore(time: Date): AsyncGenerator<{ payment: Payment; since: Date }> {
      const found = payments.model
        .find({ status: trusted({ $in: unsettled }), changedAt: trusted({ $lt: time }) } as never)
        .sort({ changedAt: 1 })
        .lean<Stored<Payment>[]>();
      for await (const document of found.cursor()) {
        const stored = document as Stored<Payment>;
        yield { payment: toState(stored), since: stored.changedAt };
      }
    },
  };
}
