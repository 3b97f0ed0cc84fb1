import { ApiError } from '../api/errors.js';
import * as intents from '../payment-intents/payment-intent.js';
import { closeDispute, openDispute, type Dispute, type DisputeStatus } from './dispute.js';

const NOW = 1_800_000_000;
const paymentMethod = { id: 'pm_1', created: NOW, card: 'visa', metadata: {} };

const opened = intents.open({
  id: 'pi_1',
  clientSecret: 'pi_1_secret_1',
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
const paid = intents.confirm(opened, { paymentMethod, chargeId: 'ch_1', now: NOW, nextAction: undefined });
const refunded = (amount: number): intents.Intent => ({
  ...paid,
  charge: paid.charge && { ...paid.charge, amountRefunded: amount },
});

const request = (amount?: number) => ({ id: 'du_1', now: NOW, amount, reason: 'fraudulent', inquiry: false });
const dispute = (status: DisputeStatus, amount = 1000): Dispute => ({
  ...openDispute(paid, [], request(amount)).dispute,
  status,
});

function resultOf(run: () => number | string): number | string {
  try {
    return run();
  } catch (thrown) {
    return thrown instanceof ApiError ? (thrown.body.code ?? thrown.body.message) : String(thrown);
  }
}

describe('a dispute', () => {
  const second: Record<DisputeStatus, number | string> = {
    needs_response: 'Charge ch_1 already has an open dispute.',
    warning_needs_response: 'Charge ch_1 already has an open dispute.',
    won: 1000,
    warning_closed: 1000,
    lost: 600,
  };

  it.each([
    ['of the whole charge', paid, undefined, 1000],
    ['of a part', paid, 400, 400],
    ['of what is left after a refund', refunded(300), undefined, 700],
    ['of more than is left', refunded(300), 701, 'parameter_invalid'],
    ['of nothing, after a full refund', refunded(1000), undefined, 'parameter_invalid'],
    [
      'of an unpaid intent',
      opened,
      undefined,
      'This PaymentIntent (pi_1) does not have a successful charge to dispute.',
    ],
  ])('%s', (_description, intent, amount, result) => {
    expect(resultOf(() => openDispute(intent, [], request(amount)).dispute.amount)).toBe(result);
  });

  it.each(Object.entries(second))('after one of 400 that is %s: %s', (status, result) => {
    const earlier = [dispute(status as DisputeStatus, 400)];
    expect(resultOf(() => openDispute(paid, earlier, request()).dispute.amount)).toBe(result);
  });

  it('marks the charge', () => {
    expect(openDispute(paid, [], request()).intent.charge?.disputed).toBe(true);
  });
});

describe('closing a dispute', () => {
  const closed = 'The dispute du_1 is already closed.';
  const results: Record<DisputeStatus, Record<'won' | 'lost', string>> = {
    needs_response: { won: 'won', lost: 'lost' },
    warning_needs_response: {
      won: 'warning_closed',
      lost: 'The dispute du_1 is an inquiry and cannot be lost.',
    },
    won: { won: closed, lost: closed },
    lost: { won: closed, lost: closed },
    warning_closed: { won: closed, lost: closed },
  };
  const cells = Object.entries(results).flatMap(([status, row]) =>
    Object.entries(row).map(
      ([outcome, result]) => [status as DisputeStatus, outcome as 'won' | 'lost', result] as const,
    ),
  );

  it.each(cells)('that is %s as %s: %s', (status, outcome, result) => {
    expect(resultOf(() => closeDispute(dispute(status), outcome).status)).toBe(result);
  });
});
