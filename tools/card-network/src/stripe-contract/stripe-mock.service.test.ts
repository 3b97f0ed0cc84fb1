// The calls that payments makes, sent to Stripe's own mock, which checks them against Stripe's description,
// and to the card network, which must take the same calls.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type Stripe from 'stripe';
import { ROOT, startProgram } from '../testing/process.js';
import { aNetwork, anOrderId, cleanUp, refusalOf, stripeAt } from '../testing/network.js';

const MODULE = 'github.com/stripe/stripe-mock@v0.203.0';
const OURS = join(ROOT, '.data', 'servers', 'bin');
const BUILD_WITHIN_MS = 10 * 60_000;

let mock: Stripe;
let network: Stripe;

beforeAll(async () => {
  const program = startProgram(await stripeMock(), [
    '-http-addr',
    '127.0.0.1:0',
    '-https-addr',
    '127.0.0.1:0',
  ]);
  mock = stripeAt(Number(await program.says(/Listening for HTTP at address: \S+:(\d+)/)));
  network = stripeAt((await aNetwork()).port);
}, BUILD_WITHIN_MS);
afterAll(cleanUp);

/** On PATH, or built before, or built now. */
async function stripeMock(): Promise<string> {
  const places = [...(process.env['PATH'] ?? '').split(delimiter), OURS];
  const found = places.map((place) => join(place, 'stripe-mock')).find((path) => existsSync(path));
  if (found !== undefined) return found;
  mkdirSync(OURS, { recursive: true });
  try {
    await promisify(execFile)('go', ['install', MODULE], { env: { ...process.env, GOBIN: OURS } });
  } catch (cause) {
    throw new Error('this test needs stripe-mock: install Go (https://go.dev), or put stripe-mock on PATH', {
      cause,
    });
  }
  return join(OURS, 'stripe-mock');
}

describe.each(['stripe-mock', 'the card network'])('%s takes', (name) => {
  const stripe = () => (name === 'stripe-mock' ? mock : network);
  const intent = async (orderId = anOrderId()) =>
    await stripe().paymentIntents.create(
      { amount: 1999, currency: 'usd', metadata: { orderId }, allowed_payment_method_types: ['card'] },
      { idempotencyKey: `pi-${orderId}` },
    );
  const confirmed = async () => {
    const { id } = await intent();
    const method = await stripe().paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    return await stripe().paymentIntents.confirm(
      id,
      { payment_method: method.id, error_on_requires_action: true },
      { idempotencyKey: `cf-${anOrderId()}-1` },
    );
  };

  it('a token to be made a PaymentMethod', async () => {
    const method = await stripe().paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    expect(method).toMatchObject({
      object: 'payment_method',
      type: 'card',
      id: expect.stringMatching(/^pm_/),
    });
  });

  it('an intent to be created, unconfirmed', async () => {
    expect(await intent()).toMatchObject({
      object: 'payment_intent',
      amount: 1999,
      currency: 'usd',
      status: 'requires_payment_method',
      id: expect.stringMatching(/^pi_/),
    });
  });

  it('an intent to be confirmed', async () => {
    expect(await confirmed()).toMatchObject({ object: 'payment_intent', id: expect.stringMatching(/^pi_/) });
  });

  it('an intent to be retrieved', async () => {
    const { id } = await intent();
    expect(await stripe().paymentIntents.retrieve(id)).toMatchObject({ object: 'payment_intent', id });
  });

  it('an intent to be cancelled', async () => {
    const { id } = await intent();
    const canceled = await stripe().paymentIntents.cancel(id, { cancellation_reason: 'abandoned' });
    expect(canceled).toMatchObject({ object: 'payment_intent', id });
  });

  it('an intent to be refunded, and its refunds to be listed', async () => {
    const { id } = await confirmed();
    const refund = await stripe().refunds.create(
      { payment_intent: id, reason: 'requested_by_customer', metadata: { orderId: 'o' } },
      { idempotencyKey: `rf-${anOrderId()}` },
    );
    expect(refund).toMatchObject({ object: 'refund', status: 'succeeded' });
    const refunds = await stripe().refunds.list({ payment_intent: id, limit: 100 });
    expect(refunds).toMatchObject({ object: 'list', data: [{ object: 'refund' }] });
  });

  it.each([
    ['without an amount', { currency: 'usd' }],
    ['with a parameter that Stripe does not know', { amount: 100, currency: 'usd', colour: 'red' }],
    ['with an amount that is none', { amount: 'much', currency: 'usd' }],
  ])('no intent %s', async (_what, params) => {
    const call = stripe().rawRequest('POST', '/v1/payment_intents', params);
    expect(await refusalOf(call)).toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 400 });
  });
});
