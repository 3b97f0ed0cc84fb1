import {
  newApiKey,
  startNetwork,
  createIntent,
  cleanUp,
  fetchLedger,
  post,
  errorOf,
  stripeClient,
  waitUntilProcessing,
} from '../testing/network.js';

afterEach(cleanUp);

async function openShop(slowMs = 20) {
  const network = await startNetwork({ slowMs });
  const key = newApiKey();
  const stripe = stripeClient(network.port, key);
  const intent = await createIntent(stripe);
  const confirm = async (paymentMethod: string, idempotencyKey: string) =>
    await post(
      network.url,
      key,
      `/v1/payment_intents/${intent.id}/confirm`,
      `payment_method=${paymentMethod}&error_on_requires_action=true`,
      { 'idempotency-key': idempotencyKey },
    );
  return { network, key, stripe, intent, confirm };
}

async function contentOf(response: Response) {
  return {
    status: response.status,
    body: await response.text(),
    replayed: response.headers.get('idempotent-replayed'),
  };
}

describe('a repeated request', () => {
  it.each([
    ['success', 'pm_card_visa', 200],
    ['decline', 'pm_card_chargeDeclined', 402],
    ['500', 'pm_card_500AfterSuccess', 500],
    ['client error', 'pm_nope', 400],
  ])('replays a stored %s exactly', async (_outcome, card, status) => {
    const { confirm } = await openShop();
    const first = await contentOf(await confirm(card, 'cf-1'));
    const second = await contentOf(await confirm(card, 'cf-1'));
    expect(first).toMatchObject({ status, replayed: null });
    expect(second).toEqual({ ...first, replayed: 'true' });
  });

  it('is rejected with other parameters, without an effect', async () => {
    const { confirm, stripe, intent } = await openShop();
    await confirm('pm_card_chargeDeclined', 'cf-1');
    const rejected = await confirm('pm_card_visa', 'cf-1');
    expect([rejected.status, await rejected.json()]).toMatchObject([
      400,
      { error: { type: 'idempotency_error' } },
    ]);
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('requires_payment_method');
  });

  it('is rejected on another path', async () => {
    const { network, key, confirm, intent } = await openShop();
    await confirm('pm_card_visa', 'cf-1');
    const cancel = await post(network.url, key, `/v1/payment_intents/${intent.id}/cancel`, '', {
      'idempotency-key': 'cf-1',
    });
    expect(cancel.status).toBe(400);
  });

  it('does not affect another account with the same key', async () => {
    const { network, confirm } = await openShop();
    await confirm('pm_card_visa', 'cf-1');
    const other = stripeClient(network.port);
    await other.paymentIntents.create({ amount: 100, currency: 'usd' }, { idempotencyKey: 'cf-1' });
    expect((await other.paymentIntents.list()).data).toHaveLength(1);
  });

  it('can correct its parameters, because a validation error is not stored', async () => {
    const { stripe } = await openShop();
    const idempotencyKey = 'pi-1';
    await errorOf(stripe.paymentIntents.create({ amount: 1, currency: 'usd' }, { idempotencyKey }));
    const created = await stripe.paymentIntents.create({ amount: 100, currency: 'usd' }, { idempotencyKey });
    expect(created.amount).toBe(100);
  });

  it('gets 409 while the first one is in flight', async () => {
    const { confirm, stripe, intent } = await openShop(5_000);
    const slow = confirm('pm_card_slow', 'cf-1');
    await waitUntilProcessing(stripe, intent.id);
    expect((await confirm('pm_card_slow', 'cf-1')).status).toBe(409);
    expect((await slow).status).toBe(200);
  });
});

describe('a charge whose response fails', () => {
  it('stands after a 500', async () => {
    const { confirm, stripe, intent } = await openShop();
    expect((await confirm('pm_card_500AfterSuccess', 'cf-1')).status).toBe(500);
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
  });

  it('stands after a disconnect, and its key replays the success', async () => {
    const { confirm, network, key } = await openShop();
    await expect(confirm('pm_card_lostAnswer', 'cf-1')).rejects.toThrow('fetch failed');
    expect(await contentOf(await confirm('pm_card_lostAnswer', 'cf-1'))).toMatchObject({
      status: 200,
      replayed: 'true',
    });
    expect((await fetchLedger(network.url, key)).paymentIntents).toMatchObject([
      { charged: 1999, attempts: 1 },
    ]);
  });
});
