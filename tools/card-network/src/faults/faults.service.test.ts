import { aKey, aNetwork, anIntent, cleanUp, control, refusalOf, stripeAt, post } from '../testing/network.js';

afterEach(cleanUp);

async function aShop() {
  const network = await aNetwork();
  const key = aKey();
  const stripe = stripeAt(network.port, key);
  const intent = await anIntent(stripe);
  const set = async (fault: object) => await control(network.url, key, fault);
  /** Raw, because Stripe's client asks a second time after a cut connection. */
  const confirm = async (idempotencyKey = 'cf-1', signal?: AbortSignal) =>
    await fetch(`${network.url}/v1/payment_intents/${intent.id}/confirm`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'idempotency-key': idempotencyKey },
      body: 'payment_method=pm_card_visa',
      ...(signal && { signal }),
    });
  const status = async () => (await stripe.paymentIntents.retrieve(intent.id)).status;
  return { network, key, stripe, intent, set, confirm, status };
}

const asked = (call: Promise<Response>) =>
  call.then(
    ({ status }) => status,
    () => 'cut',
  );

describe('trouble on demand', () => {
  it.each([
    ['down', 'before', 'cut', 'requires_payment_method', 200],
    ['down', 'after', 'cut', 'succeeded', 200],
    ['errors', 'before', 500, 'requires_payment_method', 200],
    ['errors', 'after', 500, 'succeeded', 500],
    ['rate-limited', 'before', 429, 'requires_payment_method', 200],
  ])(
    '%s %s the effect: %s, then the intent is %s and the key brings %s',
    async (mode, when, answer, then, again) => {
      const { set, confirm, status } = await aShop();
      await set({ mode, when, match: 'confirm', calls: 1 });
      expect(await asked(confirm())).toBe(answer);
      expect(await status()).toBe(then);
      expect(await asked(confirm())).toBe(again);
    },
  );

  it.each([
    ['before', 'requires_payment_method'],
    ['after', 'succeeded'],
  ])('blackhole %s the effect never answers, then the intent is %s', async (when, then) => {
    const { set, confirm, status } = await aShop();
    await set({ mode: 'blackhole', when, match: 'confirm', calls: 1 });
    expect(await asked(confirm('cf-1', AbortSignal.timeout(100)))).toBe('cut');
    expect(await status()).toBe(then);
  });

  it('lasts for the calls that were asked for', async () => {
    const { set, confirm } = await aShop();
    await set({ mode: 'errors', calls: 2 });
    const answers = [await confirm(), await confirm(), await confirm()];
    expect(answers.map((answer) => answer.status)).toEqual([500, 500, 200]);
  });

  it('lasts until it is taken back', async () => {
    const { set, stripe, intent } = await aShop();
    await set({ mode: 'rate-limited' });
    await set({ mode: 'errors', match: 'cancel' });
    expect(await refusalOf(stripe.paymentIntents.retrieve(intent.id))).toMatchObject({ statusCode: 429 });
    expect(await refusalOf(stripe.paymentIntents.cancel(intent.id))).toMatchObject({ statusCode: 500 });
    await set({ mode: 'ok' });
    expect((await stripe.paymentIntents.cancel(intent.id)).status).toBe('canceled');
  });

  it('meets the calls of its own key only', async () => {
    const { set, network } = await aShop();
    await set({ mode: 'errors' });
    expect((await anIntent(stripeAt(network.port))).status).toBe('requires_payment_method');
  });

  it('may be mere slowness', async () => {
    const { set, confirm } = await aShop();
    await set({ mode: 'ok', latencyMs: 60, match: 'confirm' });
    const began = performance.now();
    expect((await confirm()).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThan(50);
  });

  it.each([
    { mode: 'sideways' },
    { mode: 'errors', match: 'everything' },
    { mode: 'errors', calls: 0 },
    { mode: 'errors', surprise: 1 },
    { mode: 'rate-limited', when: 'after' },
    {},
  ])('refuses %j', async (fault) => {
    const { set } = await aShop();
    expect((await set(fault)).status).toBe(400);
  });

  it('refuses what is not JSON, and who has no key', async () => {
    const { network, key } = await aShop();
    expect((await post(network.url, key, '/control', '{')).status).toBe(400);
    expect((await post(network.url, 'none', '/control', '{"mode":"ok"}')).status).toBe(401);
  });
});
