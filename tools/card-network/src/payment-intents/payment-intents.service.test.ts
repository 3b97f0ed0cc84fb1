import Stripe from 'stripe';
import {
  aKey,
  aNetwork,
  anIntent,
  anOrderId,
  aPaidIntent,
  cleanUp,
  ledgerOf,
  post,
  refusalOf,
  stripeAt,
  untilProcessing,
} from '../testing/network.js';

afterEach(cleanUp);

const openStripe = async () => stripeAt((await aNetwork()).port);

async function confirm(stripe: Stripe, card: Readonly<{ token: string } | { id: string }>) {
  const { id } = await anIntent(stripe);
  const method = 'id' in card ? card.id : (await stripe.paymentMethods.create({ type: 'card', card })).id;
  return await stripe.paymentIntents.confirm(id, { payment_method: method, error_on_requires_action: true });
}

describe('a payment by card', () => {
  it.each(['tok_visa', 'tok_mastercard', 'tok_slow', 'pm_card_visa', 'pm_card_mastercard'])(
    'with %s succeeds and shows its charge',
    async (card) => {
      const stripe = await openStripe();
      const paid = await confirm(stripe, card.startsWith('pm_') ? { id: card } : { token: card });
      expect(paid).toMatchObject({ status: 'succeeded', amount_received: 1999, last_payment_error: null });
      const shown = await stripe.paymentIntents.retrieve(paid.id, { expand: ['latest_charge'] });
      expect(shown.latest_charge).toMatchObject({ object: 'charge', paid: true, amount: 1999 });
    },
  );

  it.each([
    ['tok_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_chargeDeclined', 'card_declined', 'generic_decline'],
    ['tok_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['tok_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['tok_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['tok_threeDSecure2Required', 'authentication_required', 'authentication_required'],
    ['tok_authenticationRequired', 'authentication_required', 'authentication_required'],
    ['pm_card_authenticationRequired', 'authentication_required', 'authentication_required'],
    ['pm_card_threeDSecure2Required', 'authentication_required', 'authentication_required'],
  ])('with %s is declined: %s, %s', async (card, code, declineCode) => {
    const stripe = await openStripe();
    const refusal = await refusalOf(confirm(stripe, card.startsWith('pm_') ? { id: card } : { token: card }));
    expect(refusal).toMatchObject({
      type: 'StripeCardError',
      statusCode: 402,
      code,
      decline_code: declineCode,
    });
    const shown = await stripe.paymentIntents.retrieve(refusal.payment_intent?.id ?? '');
    expect(shown).toMatchObject({
      status: 'requires_payment_method',
      amount_received: 0,
      payment_method: null,
      last_payment_error: { code, decline_code: declineCode },
    });
  });

  it('may be tried again with another card after a decline', async () => {
    const stripe = await openStripe();
    const { id } = await anIntent(stripe);
    await refusalOf(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined' }));
    const paid = await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    expect(paid).toMatchObject({ status: 'succeeded', last_payment_error: null });
  });

  it('waits for the buyer when its bank wants to ask and that is no error', async () => {
    const stripe = await openStripe();
    const { id } = await anIntent(stripe);
    const asked = await stripe.paymentIntents.confirm(id, {
      payment_method: 'pm_card_threeDSecure2Required',
      return_url: 'http://shop.test/back',
    });
    expect(asked).toMatchObject({ status: 'requires_action', next_action: { type: 'use_stripe_sdk' } });
  });

  it.each([
    [{ token: 'tok_nope' }, 'card[token]', "No such token: 'tok_nope'"],
    [{ id: 'pm_nope' }, 'payment_method', "No such PaymentMethod: 'pm_nope'"],
  ])('with the unknown %j is refused: resource_missing', async (card, param, message) => {
    const refusal = await refusalOf(confirm(await openStripe(), card));
    expect(refusal).toMatchObject({ statusCode: 400, code: 'resource_missing', param, message });
  });

  it('may be created and confirmed in one call', async () => {
    const stripe = await openStripe();
    const params = { amount: 500, currency: 'eur', confirm: true };
    const paid = await stripe.paymentIntents.create({ ...params, payment_method: 'pm_card_visa' });
    const refusal = await refusalOf(
      stripe.paymentIntents.create({ ...params, payment_method: 'pm_card_chargeDeclined' }),
    );
    expect([paid.status, refusal.payment_intent?.status]).toEqual(['succeeded', 'requires_payment_method']);
  });
});

describe('a PaymentIntent', () => {
  it('is created unconfirmed, with its metadata, and found again', async () => {
    const stripe = await openStripe();
    const orderId = anOrderId();
    const made = await anIntent(stripe, orderId);
    expect(made).toMatchObject({
      status: 'requires_payment_method',
      amount: 1999,
      currency: 'usd',
      metadata: { orderId },
      livemode: false,
      latest_charge: null,
    });
    expect(await stripe.paymentIntents.retrieve(made.id)).toEqual(made);
  });

  it('takes the name that the types of its payment methods had before', async () => {
    const network = await aNetwork();
    const form = 'amount=100&currency=usd&payment_method_types[0]=card';
    const response = await post(network.url, aKey(), '/v1/payment_intents', form);
    expect(await response.json()).toMatchObject({
      payment_method_types: ['card'],
      automatic_payment_methods: null,
    });
  });

  it('is cancelled once', async () => {
    const stripe = await openStripe();
    const { id } = await anIntent(stripe);
    const canceled = await stripe.paymentIntents.cancel(id, { cancellation_reason: 'abandoned' });
    expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' });
    expect(await refusalOf(stripe.paymentIntents.cancel(id))).toMatchObject({
      statusCode: 400,
      code: 'payment_intent_unexpected_state',
      payment_intent: { id, status: 'canceled' },
    });
  });

  it.each([
    [
      'confirmed',
      (stripe: Stripe, id: string) => stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }),
    ],
    ['cancelled', (stripe: Stripe, id: string) => stripe.paymentIntents.cancel(id)],
  ])('that succeeded cannot be %s', async (_what, call) => {
    const stripe = await openStripe();
    const { id } = await aPaidIntent(stripe);
    expect(await refusalOf(call(stripe, id))).toMatchObject({
      statusCode: 400,
      code: 'payment_intent_unexpected_state',
      payment_intent: { id, status: 'succeeded', amount_received: 1999 },
    });
  });

  it('cannot be confirmed without a payment method', async () => {
    const stripe = await openStripe();
    const { id } = await anIntent(stripe);
    expect(await refusalOf(stripe.paymentIntents.confirm(id))).toMatchObject({
      code: 'payment_intent_unexpected_state',
      payment_intent: { status: 'requires_payment_method' },
    });
  });

  it('cannot be confirmed or cancelled while its bank is slow', async () => {
    const network = await aNetwork({ slowMs: 300 });
    const stripe = stripeAt(network.port);
    const { id } = await anIntent(stripe);
    const slow = stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_slow' });
    await untilProcessing(stripe, id);
    const refusals = await Promise.all([
      refusalOf(stripe.paymentIntents.cancel(id)),
      refusalOf(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' })),
    ]);
    expect(refusals.map((refusal) => refusal.payment_intent?.status)).toEqual(['processing', 'processing']);
    expect((await slow).status).toBe('succeeded');
  });

  it('is listed newest first, page by page', async () => {
    const stripe = await openStripe();
    const made = [await anIntent(stripe), await anIntent(stripe), await anIntent(stripe)].map(({ id }) => id);
    const first = await stripe.paymentIntents.list({ limit: 2 });
    const all = await stripe.paymentIntents.list({ limit: 2 }).autoPagingToArray({ limit: 10 });
    expect([first.data.length, first.has_more]).toEqual([2, true]);
    expect(all.map(({ id }) => id)).toEqual(made.reverse());
  });
});

describe('a refund', () => {
  it('gives all of the charge back, once', async () => {
    const stripe = await openStripe();
    const { id } = await aPaidIntent(stripe);
    const refund = await stripe.refunds.create({ payment_intent: id, metadata: { orderId: 'o' } });
    expect(refund).toMatchObject({
      amount: 1999,
      status: 'succeeded',
      payment_intent: id,
      metadata: { orderId: 'o' },
    });
    expect(await refusalOf(stripe.refunds.create({ payment_intent: id }))).toMatchObject({
      statusCode: 400,
      code: 'charge_already_refunded',
    });
    expect((await stripe.refunds.list({ payment_intent: id })).data).toMatchObject([{ id: refund.id }]);
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({ id: refund.id });
  });

  it('may be of a part, never of more than is left', async () => {
    const stripe = await openStripe();
    const { id } = await aPaidIntent(stripe);
    await stripe.refunds.create({ payment_intent: id, amount: 1500, reason: 'requested_by_customer' });
    expect(await refusalOf(stripe.refunds.create({ payment_intent: id, amount: 500 }))).toMatchObject({
      code: 'amount_too_large',
      param: 'amount',
    });
  });

  it('needs a charge', async () => {
    const stripe = await openStripe();
    const { id } = await anIntent(stripe);
    expect(await refusalOf(stripe.refunds.create({ payment_intent: id }))).toMatchObject({ statusCode: 400 });
    expect((await stripe.refunds.list({ payment_intent: id })).data).toEqual([]);
  });
});

describe('a call', () => {
  it.each([
    ['amount=49&currency=usd', 400, 'amount_too_small'],
    ['amount=100000000&currency=usd', 400, 'amount_too_large'],
    ['amount=100', 400, 'parameter_missing'],
    ['currency=usd', 400, 'parameter_missing'],
    ['amount=1.5&currency=usd', 400, 'parameter_invalid_integer'],
    ['amount=100&currency=usd&colour=red', 400, 'parameter_unknown'],
    ['amount=100&currency=usd&capture_method=manual', 400, 'parameter_invalid'],
    ['amount=100&currency=usd&payment_method=pm_nope', 400, 'resource_missing'],
  ])('to create an intent from %j: %i %s', async (form, status, code) => {
    const network = await aNetwork();
    const response = await post(network.url, aKey(), '/v1/payment_intents', form);
    expect(response.headers.get('request-id')).toMatch(/^req_/);
    expect([response.status, await response.json()]).toMatchObject([
      status,
      { error: { type: 'invalid_request_error', code } },
    ]);
  });

  it.each([
    '/v1/payment_intents/pi_x',
    '/v1/refunds/re_x',
    '/v1/payment_methods/pm_x',
    '/v1/refunds?payment_intent=pi_x',
  ])('for the unknown %s: 404', async (path) => {
    const network = await aNetwork();
    const response = await fetch(`${network.url}${path}`, { headers: { authorization: `Bearer ${aKey()}` } });
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { error: { code: 'resource_missing' } },
    ]);
  });

  it.each([
    ['a live key', 'Bearer sk_live_1234567890', 401],
    ['no key', undefined, 401],
    ['another scheme', 'Digest x', 401],
    ['a test key', 'Bearer sk_test_1234567890', 404],
    [
      'a test key by basic authentication',
      `Basic ${Buffer.from('sk_test_1234567890:').toString('base64')}`,
      404,
    ],
  ])('with %s: %s → %i', async (_what, authorization, status) => {
    const network = await aNetwork();
    const headers = authorization === undefined ? undefined : { authorization };
    const response = await fetch(`${network.url}/v1/payment_intents/pi_x`, headers && { headers });
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain('1234567890');
  });

  it('of an unknown path is answered in the shape of every error', async () => {
    const network = await aNetwork();
    const response = await post(network.url, aKey(), '/v1/customers');
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { error: { type: 'invalid_request_error' } },
    ]);
  });

  it('with too large a body is refused', async () => {
    const network = await aNetwork();
    expect((await post(network.url, aKey(), '/v1/refunds', 'x'.repeat(200_000))).status).toBe(413);
  });
});

describe('accounts', () => {
  it('do not see one another', async () => {
    const network = await aNetwork();
    const { id } = await anIntent(stripeAt(network.port));
    const other = stripeAt(network.port);
    expect(await refusalOf(other.paymentIntents.retrieve(id))).toMatchObject({ statusCode: 404 });
    expect((await other.paymentIntents.list()).data).toEqual([]);
  });
});

describe('GET /ledger', () => {
  it('tells what was charged and refunded, by order', async () => {
    const network = await aNetwork();
    const key = aKey();
    const stripe = stripeAt(network.port, key);
    const orderId = anOrderId();
    const { id } = await anIntent(stripe, orderId);
    await refusalOf(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined' }));
    await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    const refund = await stripe.refunds.create({ payment_intent: id, amount: 99 });
    await aPaidIntent(stripe);
    await aPaidIntent(stripeAt(network.port));

    expect(await ledgerOf(network.url, key, `?orderId=${orderId}`)).toMatchObject({
      paymentIntents: [{ id, status: 'succeeded', charged: 1999, refunded: 99, attempts: 2 }],
      refunds: [{ id: refund.id, amount: 99, paymentIntent: id }],
    });
    expect((await ledgerOf(network.url, key)).paymentIntents).toHaveLength(2);
    expect((await ledgerOf(network.url)).paymentIntents).toHaveLength(3);
  });
});

describe('GET /healthz', () => {
  it('answers without a key', async () => {
    expect((await fetch(`${(await aNetwork()).url}/healthz`)).status).toBe(200);
  });
});
