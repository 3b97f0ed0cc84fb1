import {
  chargeIdOf,
  cleanUp,
  createIntent,
  createPaidIntent,
  errorOf,
  eventually,
  newApiKey,
  operate,
  startNetwork,
  stripeClient,
} from '../testing/network.js';
import { startReceiver } from '../testing/webhook-receiver.js';

afterEach(cleanUp);

const openStripe = async () => stripeClient((await startNetwork()).port);

async function openShop(refundSettleMs?: number) {
  const receiver = await startReceiver();
  const network = await startNetwork({
    webhookUrl: receiver.url,
    webhookSecret: 'whsec_configured',
    ...(refundSettleMs === undefined ? {} : { refundSettleMs }),
  });
  const key = newApiKey();
  const settle = async (id: string, body: object = {}) =>
    await operate(network.url, key, `/refunds/${id}/settle`, body);
  const eventsOf = (id: string) =>
    receiver.received
      .map(({ body }) => JSON.parse(body) as { type: string; data: { object: { id: string } } })
      .filter(({ data }) => data.object.id === id);
  return { network, stripe: stripeClient(network.port, key), settle, receiver, eventsOf };
}

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

  it('in a three-decimal currency ends in 0', async () => {
    const stripe = await openStripe();
    const { id } = await stripe.paymentIntents.create({
      amount: 5010,
      currency: 'kwd',
      confirm: true,
      payment_method: 'pm_card_visa',
    });
    expect(await errorOf(stripe.refunds.create({ payment_intent: id, amount: 5 }))).toMatchObject({
      code: 'parameter_invalid_integer',
      param: 'amount',
    });
    expect((await stripe.refunds.create({ payment_intent: id, amount: 10 })).amount).toBe(10);
  });

  it('requires a successful charge', async () => {
    const stripe = await openStripe();
    const { id } = await createIntent(stripe);
    expect(await errorOf(stripe.refunds.create({ payment_intent: id }))).toMatchObject({ statusCode: 400 });
    expect((await stripe.refunds.list({ payment_intent: id })).data).toEqual([]);
  });

  it('can name the charge instead of the intent, but not both', async () => {
    const stripe = await openStripe();
    const paid = await createPaidIntent(stripe);
    const { id } = paid;
    const chargeId = chargeIdOf(paid);
    const refund = await stripe.refunds.create({ charge: chargeId, amount: 1 });
    expect(refund).toMatchObject({ payment_intent: id, charge: chargeId });
    expect((await stripe.refunds.list({ charge: chargeId })).data).toMatchObject([{ id: refund.id }]);
    const both = stripe.refunds.create({ charge: chargeId, payment_intent: id });
    expect(await errorOf(both)).toMatchObject({ statusCode: 400, param: 'charge' });
    expect(await errorOf(stripe.refunds.create({}))).toMatchObject({ code: 'parameter_missing' });
    expect(await errorOf(stripe.refunds.create({ charge: 'ch_x' }))).toMatchObject({ statusCode: 404 });
  });

  it('of a declined charge is refused, even if the intent was paid later', async () => {
    const stripe = await openStripe();
    const { id } = await createIntent(stripe);
    const decline = await errorOf(
      stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined' }),
    );
    await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    expect(await errorOf(stripe.refunds.create({ charge: decline.charge ?? '' }))).toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('was not successful'),
    });
  });

  it('is listed newest first, page by page', async () => {
    const stripe = await openStripe();
    const { id } = await createPaidIntent(stripe);
    const created = [];
    for (const amount of [1, 2, 3]) {
      created.unshift((await stripe.refunds.create({ payment_intent: id, amount })).id);
    }
    await stripe.refunds.create({ payment_intent: (await createPaidIntent(stripe)).id });
    const first = await stripe.refunds.list({ payment_intent: id, limit: 2 });
    const all = await stripe.refunds.list({ payment_intent: id, limit: 2 }).autoPagingToArray({ limit: 10 });
    expect([first.data.length, first.has_more]).toEqual([2, true]);
    expect(all.map((refund) => refund.id)).toEqual(created);
    expect(await errorOf(stripe.refunds.list({ starting_after: 're_x' }))).toMatchObject({
      code: 'resource_missing',
      param: 'starting_after',
    });
  });

  it('can change its metadata, key by key', async () => {
    const { stripe, eventsOf } = await openShop();
    const { id } = await createPaidIntent(stripe);
    const refund = await stripe.refunds.create({ payment_intent: id, metadata: { a: '1', b: '2' } });
    await stripe.refunds.update(refund.id, { metadata: { b: '', c: '3' } });
    expect((await stripe.refunds.retrieve(refund.id)).metadata).toEqual({ a: '1', c: '3' });
    await eventually(() =>
      expect(eventsOf(refund.id)).toContainEqual(
        expect.objectContaining({
          type: 'refund.updated',
          data: expect.objectContaining({ previous_attributes: { metadata: { a: '1', b: '2' } } }),
        }),
      ),
    );
  });
});

describe('a refund that the bank decides later', () => {
  it.each([
    ['pm_card_pendingRefund', 'pending', 'succeeded', 1999, ['charge.refund.updated', 'refund.updated']],
    [
      'pm_card_refundFail',
      'succeeded',
      'failed',
      0,
      ['charge.refund.updated', 'refund.failed', 'refund.updated'],
    ],
  ])('to %s is %s first and then %s', async (card, first, later, refunded, types) => {
    const { stripe, settle, eventsOf } = await openShop();
    const { id } = await createPaidIntent(stripe, card);
    const refund = await stripe.refunds.create({ payment_intent: id });
    expect(refund.status).toBe(first);

    expect((await settle(refund.id)).status).toBe(200);

    expect((await stripe.refunds.retrieve(refund.id)).status).toBe(later);
    const shown = await stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] });
    expect(shown.latest_charge).toMatchObject({ amount_refunded: refunded, refunded: refunded === 1999 });
    await eventually(() =>
      expect(
        eventsOf(refund.id)
          .map(({ type }) => type)
          .sort(),
      ).toEqual([...types, 'refund.created'].sort()),
    );
    expect(eventsOf(refund.id).find(({ type }) => type === 'refund.updated')).toMatchObject({
      data: { object: { status: later }, previous_attributes: { status: first } },
    });
  });

  it('can be made again after it failed', async () => {
    const { stripe, settle } = await openShop();
    const { id } = await createPaidIntent(stripe, 'pm_card_refundFail');
    await settle((await stripe.refunds.create({ payment_intent: id })).id);
    expect((await stripe.refunds.create({ payment_intent: id })).amount).toBe(1999);
  });

  it('has the outcome that the operator chooses, for any card', async () => {
    const { stripe, settle } = await openShop();
    const { id } = await createPaidIntent(stripe);
    const refund = await stripe.refunds.create({ payment_intent: id });
    expect((await settle(refund.id)).status).toBe(400);
    await settle(refund.id, { outcome: 'failed' });
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({
      status: 'failed',
      failure_reason: 'unknown',
    });
    expect((await settle(refund.id, { outcome: 'succeeded' })).status).toBe(400);
    expect((await settle('re_x', { outcome: 'failed' })).status).toBe(404);
  });

  it('is settled without an operator after the configured time', async () => {
    const { stripe } = await openShop(20);
    const { id } = await createPaidIntent(stripe, 'pm_card_pendingRefund');
    const refund = await stripe.refunds.create({ payment_intent: id });
    await eventually(async () => expect((await stripe.refunds.retrieve(refund.id)).status).toBe('succeeded'));
  });
});
