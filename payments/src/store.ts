import { openDocuments, toState, type Database, type Stored } from '@ticketing/common/documents';
import type { Platform } from '@ticketing/common/service';
import { Schema, trusted } from 'mongoose';
import type { Config } from './config.js';
import { historyDetail, paymentEvent, unsettled, type Payment } from './domain/payment.js';

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
// What the sweep looks for.
schema.index(
  { changedAt: 1 },
  { name: 'unsettled', partialFilterExpression: { status: { $in: unsettled } } },
);

export function openPayments(database: Database, { relay, now, metrics }: Platform<Config>) {
  const payments = openDocuments<Payment>({
    name: 'payment',
    database,
    schema,
    relay,
    now,
    metrics,
    toEvent: paymentEvent,
    detail: historyDetail,
  });

  return {
    ...payments,

    /** How many wait for Stripe, by status, and since when the longest untouched; from the index of what the sweep looks for. */
    async countUnsettled(): Promise<Map<string, { count: number; since: Date }>> {
      const found = await payments.model.aggregate<{ _id: string; count: number; since: Date }>([
        { $match: { status: trusted({ $in: unsettled }), changedAt: trusted({ $gt: new Date(0) }) } },
        { $limit: 10_000 },
        { $group: { _id: '$status', count: { $sum: 1 }, since: { $min: '$changedAt' } } },
      ]);
      return new Map(found.map(({ _id, count, since }) => [_id, { count, since }]));
    },

    /** Payments that wait for Stripe since before `time`, the longest first, and since when. */
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
