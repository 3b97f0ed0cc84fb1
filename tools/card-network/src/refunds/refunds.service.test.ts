import {
  cleanUp,
  createIntent,
  createPaidIntent,
  errorOf,
  startNetwork,
  stripeClient,
} from '../testing/network.js';

afterEach(cleanUp);

const openStripe = async () => stripeClient((await startNetwork()).port);

describe('a refund', () => {
  it('returns the whole charge, once', async () => {
    const stripe = await openStripe();
    const { id } = await createPaidIntent(stripe);
    const refund = await stripe.refunds.create({ payment_intent: id, metadata: { orderId: 'o' } });
    expect(refund).toMatchObject({
      amount: 1999,
      status: 'succeeded',
      payment_intent: id,
      metadata: { orderId: 'o' },
    });
    expect(await errorOf(stripe.refunds.create({ payment_intent: id }))).toMatchObject({
      statusCode: 400,
      code: 'charge_already_refunded',
    });
    expect((await stripe.refunds.list({ payment_intent: id })).data).toMatchObject([{ id: refund.id }]);
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({ id: refund.id });
  });

  it('can be partial, but never exceeds the unrefunded amount', async () => {
    const stripe = await openStripe();
    const { id } = await createPaidIntent(stripe);
    await stripe.refunds.create({ payment_intent: id, amount: 1500, reason: 'requested_by_customer' });
    expect(await errorOf(stripe.refunds.create({ payment_intent: id, amount: 500 }))).toMatchObject({
      code: 'amount_too_large',
      param: 'amount',
    });
  });

  it('requires a successful charge', async () => {
    const stripe = await openStripe();
    const { id } = await createIntent(stripe);
    expect(await errorOf(stripe.refunds.create({ payment_intent: id }))).toMatchObject({ statusCode: 400 });
    expect((await stripe.refunds.list({ payment_intent: id })).data).toEqual([]);
  });
});
