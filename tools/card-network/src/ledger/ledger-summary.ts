// GET /ledger: charges, refunds and disputes of each PaymentIntent, for operators and tests. The books:
// what an intent has earned is `charged - refunded - lost`.
import { lostAmount } from '../disputes/dispute.js';
import { amountReceived, type Intent } from '../payment-intents/payment-intent.js';
import { statusOf } from '../refunds/refund.js';
import type { Account } from './account.js';

export function summarizeLedger(accounts: Iterable<Account>, query: URLSearchParams) {
  const paymentIntents = [];
  for (const account of accounts) {
    for (const intent of account.intents.values()) {
      if (isSelected(intent, query)) paymentIntents.push(summaryOf(account, intent));
    }
  }
  const refunds = paymentIntents.flatMap(({ id, currency, refunds }) =>
    refunds.map((refund) => ({ ...refund, paymentIntent: id, currency })),
  );
  return { paymentIntents, refunds };
}

/** By the metadata of the intent: `?orderId=` and `?installation=`. */
function isSelected({ metadata }: Intent, query: URLSearchParams): boolean {
  return ['orderId', 'installation'].every((name) => {
    const value = query.get(name);
    return value === null || value === metadata[name];
  });
}

function summaryOf(account: Account, intent: Intent) {
  const disputes = account.disputes.ofIntent(intent.id).values();
  return {
    id: intent.id,
    account: account.id,
    amount: intent.amount,
    currency: intent.currency,
    status: intent.status,
    installation: intent.metadata['installation'] ?? null,
    metadata: intent.metadata,
    charged: amountReceived(intent),
    refunded: intent.charge?.amountRefunded ?? 0,
    lost: lostAmount(disputes),
    attempts: intent.attempts,
    refunds: account.refunds
      .ofIntent(intent.id)
      .values()
      .map((refund) => ({
        id: refund.id,
        amount: refund.amount,
        status: statusOf(refund),
        reason: refund.reason,
        metadata: refund.metadata,
      })),
    disputes: disputes.map(({ id, amount, status, reason }) => ({ id, amount, status, reason })),
  };
}
