// Sends the requests of the payments service to stripe-mock, which validates them against Stripe's OpenAPI
// description, and to the card network, which must accept the same requests.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type Stripe from 'stripe';
import { ROOT, startProcess } from '../testing/process.js';
import { chargeIdOf, startNetwork, newOrderId, cleanUp, errorOf, stripeClient } from '../testing/network.js';

const MODULE = 'github.com/stripe/stripe-mock@v0.203.0';
const BUILD_DIR = join(ROOT, '.data', 'servers', 'bin');
const BUILD_TIMEOUT_MS = 10 * 60_000;

let mock: Stripe;
let network: Stripe;

beforeAll(async () => {
  const program = startProcess(await findStripeMock(), [
    '-http-addr',
    '127.0.0.1:0',
    '-https-addr',
    '127.0.0.1:0',
  ]);
  mock = stripeClient(Number(await program.waitForOutput(/Listening for HTTP at address: \S+:(\d+)/)));
  network = stripeClient((await startNetwork()).port);
}, BUILD_TIMEOUT_MS);
afterAll(cleanUp);

/** Finds stripe-mock on PATH or in the build folder; otherwise builds it with Go. */
async function findStripeMock(): Promise<string> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), BUILD_DIR];
  const found = folders.map((folder) => join(folder, 'stripe-mock')).find((path) => existsSync(path));
  if (found !== undefined) return found;
  mkdirSync(BUILD_DIR, { recursive: true });
  try {
    await promisify(execFile)('go', ['install', MODULE], { env: { ...process.env, GOBIN: BUILD_DIR } });
  } catch (cause) {
    throw new Error('This test needs stripe-mock. Install Go (https://go.dev) or put stripe-mock on PATH.', {
      cause,
    });
  }
  return join(BUILD_DIR, 'stripe-mock');
}

describe.each(['stripe-mock', 'the card network'])('%s', (name) => {
  const stripe = () => (name === 'stripe-mock' ? mock : network);
  const intent = async (orderId = newOrderId()) =>
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
      { idempotencyKey: `cf-${newOrderId()}-1` },
    );
  };

  it('creates a PaymentMethod from a token', async () => {
    const method = await stripe().paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    expect(method).toMatchObject({
      object: 'payment_method',
      type: 'card',
      id: expect.stringMatching(/^pm_/),
    });
  });

  it('creates an unconfirmed intent', async () => {
    expect(await intent()).toMatchObject({
      object: 'payment_intent',
      amount: 1999,
      currency: 'usd',
      status: 'requires_payment_method',
      id: expect.stringMatching(/^pi_/),
    });
  });

  it('confirms an intent', async () => {
    expect(await confirmed()).toMatchObject({ object: 'payment_intent', id: expect.stringMatching(/^pi_/) });
  });

  it('retrieves an intent', async () => {
    const { id } = await intent();
    expect(await stripe().paymentIntents.retrieve(id)).toMatchObject({ object: 'payment_intent', id });
  });

  it('cancels an intent', async () => {
    const { id } = await intent();
    const canceled = await stripe().paymentIntents.cancel(id, { cancellation_reason: 'abandoned' });
    expect(canceled).toMatchObject({ object: 'payment_intent', id });
  });

  it('confirms an intent with a card that may need approval', async () => {
    const { id } = await intent();
    const result = await stripe().paymentIntents.confirm(id, {
      payment_method: 'pm_card_threeDSecure2Required',
    });
    expect(result).toMatchObject({
      object: 'payment_intent',
      client_secret: expect.stringContaining('_secret_'),
    });
  });

  it('refunds a part of a charge, changes the refund and lists it', async () => {
    // stripe-mock creates intents without a charge, and knows every charge.
    const paid = await confirmed();
    const chargeId = paid.latest_charge === null ? 'ch_1' : chargeIdOf(paid);
    const refund = await stripe().refunds.create({
      charge: chargeId,
      amount: 100,
      metadata: { refundId: 'r' },
    });
    expect(refund).toMatchObject({ object: 'refund', amount: 100 });
    const updated = await stripe().refunds.update(refund.id, { metadata: { refundId: 's' } });
    expect(updated).toMatchObject({ object: 'refund' });
    expect(await stripe().refunds.list({ charge: chargeId })).toMatchObject({ object: 'list' });
  });

  it('lists, retrieves and closes disputes', async () => {
    const { id } = await intent();
    await stripe().paymentIntents.confirm(id, { payment_method: 'pm_card_createDispute' });
    const { data } = await stripe().disputes.list({ payment_intent: id, limit: 100 });
    expect(data).toMatchObject([{ object: 'dispute' }]);
    const disputeId = data[0]?.id ?? '';
    expect(await stripe().disputes.retrieve(disputeId)).toMatchObject({ object: 'dispute' });
    expect(await stripe().disputes.close(disputeId)).toMatchObject({ object: 'dispute' });
  });

  it('refunds an intent and lists its refunds', async () => {
    const { id } = await confirmed();
    const refund = await stripe().refunds.create(
      { payment_intent: id, reason: 'requested_by_customer', metadata: { orderId: 'o' } },
      { idempotencyKey: `rf-${newOrderId()}` },
    );
    expect(refund).toMatchObject({ object: 'refund', status: 'succeeded' });
    const refunds = await stripe().refunds.list({ payment_intent: id, limit: 100 });
    expect(refunds).toMatchObject({ object: 'list', data: [{ object: 'refund' }] });
  });

  it.each([
    ['without an amount', { currency: 'usd' }],
    ['with an unknown parameter', { amount: 100, currency: 'usd', colour: 'red' }],
    ['with an amount that is not a number', { amount: 'much', currency: 'usd' }],
  ])('rejects an intent %s', async (_description, params) => {
    const request = stripe().rawRequest('POST', '/v1/payment_intents', params);
    expect(await errorOf(request)).toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 400 });
  });
});
