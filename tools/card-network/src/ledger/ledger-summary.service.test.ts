import {
  cleanUp,
  createIntent,
  createPaidIntent,
  errorOf,
  fetchLedger,
  newApiKey,
  newOrderId,
  startNetwork,
  stripeClient,
} from '../testing/network.js';

afterEach(cleanUp);

describe('GET /ledger', () => {
  it('shows charges and refunds, by order, account or in total', async () => {
    const network = await startNetwork();
    const key = newApiKey();
    const stripe = stripeClient(network.port, key);
    const orderId = newOrderId();
    const { id } = await createIntent(stripe, orderId);
    await errorOf(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined' }));
    await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    const refund = await stripe.refunds.create({ payment_intent: id, amount: 99 });
    await createPaidIntent(stripe);
    await createPaidIntent(stripeClient(network.port));

    expect(await fetchLedger(network.url, key, `?orderId=${orderId}`)).toMatchObject({
      paymentIntents: [{ id, status: 'succeeded', charged: 1999, refunded: 99, attempts: 2 }],
      refunds: [{ id: refund.id, amount: 99, paymentIntent: id }],
    });
    expect((await fetchLedger(network.url, key)).paymentIntents).toHaveLength(2);
    expect((await fetchLedger(network.url)).paymentIntents).toHaveLength(3);
  });
});
