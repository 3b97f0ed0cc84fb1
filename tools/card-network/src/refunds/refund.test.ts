import { ApiError } from '../api/errors.js';
import * as intents from '../payment-intents/payment-intent.js';
import type { Dispute, DisputeStatus } from '../disputes/dispute.js';
import { refund, settleRefund, type Refund, type RefundOutcome, type RefundStatus } from './refund.js';

const NOW = 1_800_000_000;
const paymentMethod = { id: 'pm_1', created: NOW, card: 'visa', metadata: {} };

const opened = intents.open({
  id: 'pi_1',
  clientSecret: 'pi_1_secret',
  created: NOW,
  amount: 1000,
  currency: 'usd',
  description: null,
  metadata: {},
  paymentMethodTypes: ['card'],
  allowedMethodTypes: null,
  automaticPaymentMethods: false,
  paymentMethod: null,
});
const paid = intents.confirm(opened, {
  paymentMethod,
  chargeId: 'ch_1',
  now: NOW,
  nextAction: undefined,
});

const request = (amount?: number) => ({ id: 're_1', now: NOW, amount, reason: null, metadata: {} });
const refunded = (...amounts: number[]) =>
  amounts.reduce((intent, amount) => refund(intent, [], request(amount)).intent, paid);

function resultOf(run: () => ReturnType<typeof refund>): number | string {
  try {
    return run().refund.amount;
  } catch (thrown) {
    return thrown instanceof ApiError ? (thrown.body.code ?? thrown.body.message) : String(thrown);
  }
}

describe('a refund', () => {
  it.each([
    ['of the whole charge', paid, undefined, 1000],
    ['of a part', paid, 400, 400],
    ['of the rest', refunded(400), undefined, 600],
    ['of exactly the rest', refunded(400), 600, 600],
    ['of more than the rest', refunded(400), 601, 'amount_too_large'],
    ['of more than the charge', paid, 1001, 'amount_too_large'],
    ['of zero', paid, 0, 'parameter_invalid_integer'],
    ['of a negative amount', paid, -1, 'parameter_invalid_integer'],
    ['of the rest after a full refund', refunded(400, 600), undefined, 'charge_already_refunded'],
    ['of a part after a full refund', refunded(1000), 1, 'charge_already_refunded'],
    [
      'of an unpaid intent',
      opened,
      undefined,
      'This PaymentIntent (pi_1) does not have a successful charge to refund.',
    ],
  ])('%s', (_description, intent, amount, result) => {
    expect(resultOf(() => refund(intent, [], request(amount)))).toBe(result);
  });
});

const disputed = (status: DisputeStatus): Dispute => ({
  id: 'du_1',
  created: NOW,
  amount: 100,
  currency: 'usd',
  intentId: 'pi_1',
  chargeId: 'ch_1',
  brand: 'visa',
  reason: 'fraudulent',
  status,
});

describe('a refund of a charge with a dispute', () => {
  const results: Record<DisputeStatus, number | string> = {
    needs_response: 'charge_disputed',
    lost: 'charge_disputed',
    won: 1000,
    warning_needs_response: 1000,
    warning_closed: 1000,
  };

  it.each(Object.entries(results))('that is %s: %s', (status, result) => {
    expect(resultOf(() => refund(paid, [disputed(status as DisputeStatus)], request()))).toBe(result);
  });
});

describe('a refund', () => {
  const outcomes: Record<RefundStatus, Record<RefundOutcome, string>> = {
    pending: { succeeded: 'succeeded, 400 refunded', failed: 'failed, 0 refunded' },
    succeeded: { succeeded: 'unchanged', failed: 'failed, 0 refunded' },
    failed: { succeeded: 'The refund re_1 has already failed.', failed: 'unchanged' },
  };
  const cells = Object.entries(outcomes).flatMap(([status, row]) =>
    Object.entries(row).map(
      ([outcome, result]) => [status as RefundStatus, outcome as RefundOutcome, result] as const,
    ),
  );

  it.each(cells)('that is %s, on %s: %s', (status, outcome, result) => {
    const { intent, refund: created } = refund(paid, [], request(400));
    const before: Refund = { ...created, status };
    expect(settledAs(() => settleRefund(intent, before, outcome), before)).toBe(result);
  });

  it('of an earlier version of the ledger has succeeded', () => {
    const { intent, refund: created } = refund(paid, [], request(400));
    const { status: _status, ...earlier } = created;
    expect(settleRefund(intent, earlier, 'failed').refund.status).toBe('failed');
    expect(settleRefund(intent, earlier, 'succeeded').refund).toBe(earlier);
  });
});

function settledAs(run: () => ReturnType<typeof settleRefund>, before: Refund): string {
  try {
    const { intent, refund: settled } = run();
    return settled === before ? 'unchanged' : `${settled.status}, ${intent.charge?.amountRefunded} refunded`;
  } catch (thrown) {
    return thrown instanceof ApiError ? thrown.body.message : String(thrown);
  }
}
