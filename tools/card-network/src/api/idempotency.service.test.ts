import {
  aKey,
  aNetwork,
  anIntent,
  cleanUp,
  ledgerOf,
  post,
  refusalOf,
  stripeAt,
  untilProcessing,
} from '../testing/network.js';

afterEach(cleanUp);

async function aShop(slowMs = 20) {
  const network = await aNetwork({ slowMs });
  const key = aKey();
  const stripe = stripeAt(network.port, key);
  const intent = await anIntent(stripe);
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

async function seen(response: Response) {
  return {
    status: response.status,
    body: await response.text(),
    replayed: response.headers.get('idempotent-replayed'),
  };
}

describe('a repeated call', () => {
  it.each([
    ['success', 'pm_card_visa', 200],
    ['decline', 'pm_card_chargeDeclined', 402],
    ['500', 'pm_card_500AfterSuccess', 500],
    ['refusal', 'pm_nope', 400],
  ])('replays a stored %s exactly', async (_what, card, status) => {
    const { confirm } = await aShop();
    const first = await seen(await confirm(card, 'cf-1'));
    const second = await seen(await confirm(card, 'cf-1'));
    expect(first).toMatchObject({ status, replayed: null });
    expect(second).toEqual({ ...first, replayed: 'true' });
  });

  it('is refused with other parameters, and changes nothing', async () => {
    const { confirm, stripe, intent } = await aShop();
    await confirm('pm_card_chargeDeclined', 'cf-1');
    const refused = await confirm('pm_card_visa', 'cf-1');
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { type: 'idempotency_error' } },
    ]);
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('requires_payment_method');
  });

  it('is refused on another path', async () => {
    const { network, key, confirm, intent } = await aShop();
    await confirm('pm_card_visa', 'cf-1');
    const cancel = await post(network.url, key, `/v1/payment_intents/${intent.id}/cancel`, '', {
      'idempotency-key': 'cf-1',
    });
    expect(cancel.status).toBe(400);
  });

  it('belongs to its account', async () => {
    const { network, confirm } = await aShop();
    await confirm('pm_card_visa', 'cf-1');
    const other = stripeAt(network.port);
    await other.paymentIntents.create({ amount: 100, currency: 'usd' }, { idempotencyKey: 'cf-1' });
    expect((await other.paymentIntents.list()).data).toHaveLength(1);
  });

  it('may be mended when its parameters were refused: that is not stored', async () => {
    const { stripe } = await aShop();
    const idempotencyKey = 'pi-1';
    await refusalOf(stripe.paymentIntents.create({ amount: 1, currency: 'usd' }, { idempotencyKey }));
    const made = await stripe.paymentIntents.create({ amount: 100, currency: 'usd' }, { idempotencyKey });
    expect(made.amount).toBe(100);
  });

  it('is still in hand while the bank is slow: 409', async () => {
    const { confirm, stripe, intent } = await aShop(300);
    const slow = confirm('pm_card_slow', 'cf-1');
    await untilProcessing(stripe, intent.id);
    expect((await confirm('pm_card_slow', 'cf-1')).status).toBe(409);
    expect((await slow).status).toBe(200);
  });
});

describe('a charge whose answer does not come', () => {
  it('stands, although the answer was a 500', async () => {
    const { confirm, stripe, intent } = await aShop();
    expect((await confirm('pm_card_500AfterSuccess', 'cf-1')).status).toBe(500);
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
  });

  it('stands, although the connection was cut, and its key brings the success', async () => {
    const { confirm, network, key } = await aShop();
    await expect(confirm('pm_card_lostAnswer', 'cf-1')).rejects.toThrow('fetch failed');
    expect(await seen(await confirm('pm_card_lostAnswer', 'cf-1'))).toMatchObject({
      status: 200,
      replayed: 'true',
    });
    expect((await ledgerOf(network.url, key)).paymentIntents).toMatchObject([{ charged: 1999, attempts: 1 }]);
  });
});
