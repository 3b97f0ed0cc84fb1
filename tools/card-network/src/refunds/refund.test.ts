import { ApiError } from '../api/errors.js';
import * as intents from '../payment-intents/payment-intent.js';
import { refund } from './refund.js';

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
