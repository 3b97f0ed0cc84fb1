import { openDocuments, toState, type Database, type Platform, type Stored } from '@ticketing/common';
import { Schema, trusted } from 'mongoose';
import type { Config } from './config.js';
import { tellPayment, unsettled, type Payment } from './domain/payment.js';

const schema = new Schema({
  userId: String,
  amountInMinorUnits: Number,
  currency: String,
  expiresAt: Date,
  status: String,
  attempt: Number,
  token: String,
  intentId: String,
  declineCode: String,
});
// What the sweep looks for.
schema.index(
  { changedAt: 1 },
  { name: 'unsettled', partialFilterExpression: { status: { $in: unsettled } } },
);

export function openPayments(database: Database, { relay, now }: Platform<Config>) {
  const payments = openDocuments<Payment>({
    name: 'payment',
    database,
    schema,
    relay,
    now,
    tell: tellPayment,
  });

  return {
    ...payments,

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
