// GET /ledger: the charges and refunds of each PaymentIntent, for operators and tests.
import type { Account } from './account.js';
import { amountReceived } from '../payment-intents/payment-intent.js';

export function summarizeLedger(accounts: Iterable<Account>, orderId: string | null) {
  const paymentIntents = [];
  const refunds = [];
  for (const account of accounts) {
    for (const intent of account.intents.values()) {
      if (orderId !== null && intent.metadata['orderId'] !== orderId) continue;
      paymentIntents.push({
        id: intent.id,
        account: account.id,
        amount: intent.amount,
        currency: intent.currency,
        status: intent.status,
        metadata: intent.metadata,
        charged: amountReceived(intent),
        refunded: intent.charge?.amountRefunded ?? 0,
        attempts: intent.attempts,
      });
      for (const refund of account.refundsByIntent.get(intent.id)?.values() ?? []) {
        refunds.push({
          id: refund.id,
          paymentIntent: intent.id,
          amount: refund.amount,
          currency: refund.currency,
          reason: refund.reason,
          metadata: refund.metadata,
        });
      }
    }
  }
  return { paymentIntents, refunds };
}
