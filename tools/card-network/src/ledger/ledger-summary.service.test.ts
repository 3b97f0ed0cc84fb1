import {
  cleanUp,
  createIntent,
  createPaidIntent,
  errorOf,
  fetchLedger,
  newApiKey,
  newOrderId,
  operate,
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

  it('has the books of each intent: charged, refunded and lost', async () => {
    const network = await startNetwork();
    const key = newApiKey();
    const stripe = stripeClient(network.port, key);
    const { id } = await createPaidIntent(stripe, 'pm_card_pendingRefund');
    const pending = await stripe.refunds.create({ payment_intent: id, amount: 300 });
    const failed = await stripe.refunds.create({ payment_intent: id, amount: 400 });
    await operate(network.url, key, `/refunds/${failed.id}/settle`, { outcome: 'failed' });
    const dispute = async (amount: number, outcome: string) => {
      const opened = await operate(network.url, key, '/disputes', { payment_intent: id, amount });
      const { id: disputeId } = (await opened.json()) as { id: string };
      await operate(network.url, key, `/disputes/${disputeId}/close`, { outcome });
      return disputeId;
    };
    const won = await dispute(1699, 'won');
    const lost = await dispute(700, 'lost');

    expect((await fetchLedger(network.url, key)).paymentIntents).toEqual([
      expect.objectContaining({
        id,
        charged: 1999,
        refunded: 300,
        lost: 700,
        refunds: [
          { id: pending.id, amount: 300, status: 'pending', reason: null, metadata: {} },
          { id: failed.id, amount: 400, status: 'failed', reason: null, metadata: {} },
        ],
        disputes: [
          { id: won, amount: 1699, status: 'won', reason: 'fraudulent' },
          { id: lost, amount: 700, status: 'lost', reason: 'fraudulent' },
        ],
      }),
    ]);
  });

  it('selects one installation, and one order of it', async () => {
    const network = await startNetwork();
    const stripe = stripeClient(network.port);
    const create = async (metadata: Record<string, string>) =>
      (await stripe.paymentIntents.create({ amount: 100, currency: 'usd', metadata })).id;
    const mine = await create({ installation: 'blue', orderId: '1' });
    const other = await create({ installation: 'blue', orderId: '2' });
    await create({ installation: 'green', orderId: '1' });
    await create({ orderId: '1' });
    const idsFor = async (query: string) =>
      (await fetchLedger(network.url, undefined, query)).paymentIntents.map(({ id }) => id);

    expect(await idsFor('?installation=blue')).toEqual([mine, other]);
    expect(await idsFor('?installation=blue&orderId=1')).toEqual([mine]);
    expect(await idsFor('?orderId=1')).toHaveLength(3);
  });
});
