import Stripe from 'stripe';
import {
  newApiKey,
  startNetwork,
  createIntent,
  newOrderId,
  createPaidIntent,
  cleanUp,
  post,
  errorOf,
  stripeClient,
  waitUntilProcessing,
} from '../testing/network.js';

afterEach(cleanUp);

const openStripe = async () => stripeClient((await startNetwork()).port);

async function confirm(stripe: Stripe, card: Readonly<{ token: string } | { id: string }>) {
  const { id } = await createIntent(stripe);
  const method = 'id' in card ? card.id : (await stripe.paymentMethods.create({ type: 'card', card })).id;
  return await stripe.paymentIntents.confirm(id, { payment_method: method, error_on_requires_action: true });
}

describe('a card payment', () => {
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
    const error = await errorOf(confirm(stripe, card.startsWith('pm_') ? { id: card } : { token: card }));
    expect(error).toMatchObject({
      type: 'StripeCardError',
      statusCode: 402,
      code,
      decline_code: declineCode,
    });
    const shown = await stripe.paymentIntents.retrieve(error.payment_intent?.id ?? '');
    expect(shown).toMatchObject({
      status: 'requires_payment_method',
      amount_received: 0,
      payment_method: null,
      last_payment_error: { code, decline_code: declineCode },
    });
  });

  it('can be retried with another card after a decline', async () => {
    const stripe = await openStripe();
    const { id } = await createIntent(stripe);
    await errorOf(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined' }));
    const paid = await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    expect(paid).toMatchObject({ status: 'succeeded', last_payment_error: null });
  });

  it.each([
    [{ token: 'tok_nope' }, 'card[token]', "No such token: 'tok_nope'"],
    [{ id: 'pm_nope' }, 'payment_method', "No such PaymentMethod: 'pm_nope'"],
  ])('with the unknown %j fails with resource_missing', async (card, param, message) => {
    const error = await errorOf(confirm(await openStripe(), card));
    expect(error).toMatchObject({ statusCode: 400, code: 'resource_missing', param, message });
  });

  it('can be created and confirmed in one request', async () => {
    const stripe = await openStripe();
    const params = { amount: 500, currency: 'eur', confirm: true };
    const paid = await stripe.paymentIntents.create({ ...params, payment_method: 'pm_card_visa' });
    const error = await errorOf(
      stripe.paymentIntents.create({ ...params, payment_method: 'pm_card_chargeDeclined' }),
    );
    expect([paid.status, error.payment_intent?.status]).toEqual(['succeeded', 'requires_payment_method']);
  });
});

describe('a PaymentIntent', () => {
  it('is created unconfirmed with its metadata, and can be retrieved', async () => {
    const stripe = await openStripe();
    const orderId = newOrderId();
    const created = await createIntent(stripe, orderId);
    expect(created).toMatchObject({
      status: 'requires_payment_method',
      amount: 1999,
      currency: 'usd',
      metadata: { orderId },
      livemode: false,
      latest_charge: null,
    });
    expect(await stripe.paymentIntents.retrieve(created.id)).toEqual(created);
  });

  it('accepts the earlier name of the parameter allowed_payment_method_types', async () => {
    const network = await startNetwork();
    const form = 'amount=100&currency=usd&payment_method_types[0]=card';
    const response = await post(network.url, newApiKey(), '/v1/payment_intents', form);
    expect(await response.json()).toMatchObject({
      payment_method_types: ['card'],
      automatic_payment_methods: null,
    });
  });

  it('can be cancelled only once', async () => {
    const stripe = await openStripe();
    const { id } = await createIntent(stripe);
    const canceled = await stripe.paymentIntents.cancel(id, { cancellation_reason: 'abandoned' });
    expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' });
    expect(await errorOf(stripe.paymentIntents.cancel(id))).toMatchObject({
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
  ])('that succeeded cannot be %s', async (_action, call) => {
    const stripe = await openStripe();
    const { id } = await createPaidIntent(stripe);
    expect(await errorOf(call(stripe, id))).toMatchObject({
      statusCode: 400,
      code: 'payment_intent_unexpected_state',
      payment_intent: { id, status: 'succeeded', amount_received: 1999 },
    });
  });

  it('cannot be confirmed without a payment method', async () => {
    const stripe = await openStripe();
    const { id } = await createIntent(stripe);
    expect(await errorOf(stripe.paymentIntents.confirm(id))).toMatchObject({
      code: 'payment_intent_unexpected_state',
      payment_intent: { status: 'requires_payment_method' },
    });
  });

  it('cannot be confirmed or cancelled while a slow confirm is in flight', async () => {
    const network = await startNetwork({ slowMs: 5_000 });
    const stripe = stripeClient(network.port);
    const { id } = await createIntent(stripe);
    const slow = stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_slow' });
    await waitUntilProcessing(stripe, id);
    const errors = await Promise.all([
      errorOf(stripe.paymentIntents.cancel(id)),
      errorOf(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' })),
    ]);
    expect(errors.map((error) => error.payment_intent?.status)).toEqual(['processing', 'processing']);
    expect((await slow).status).toBe('succeeded');
  });

  it('is listed newest first, page by page', async () => {
    const stripe = await openStripe();
    const created = [await createIntent(stripe), await createIntent(stripe), await createIntent(stripe)].map(
      ({ id }) => id,
    );
    const first = await stripe.paymentIntents.list({ limit: 2 });
    const all = await stripe.paymentIntents.list({ limit: 2 }).autoPagingToArray({ limit: 10 });
    expect([first.data.length, first.has_more]).toEqual([2, true]);
    expect(all.map(({ id }) => id)).toEqual(created.reverse());
  });
});
