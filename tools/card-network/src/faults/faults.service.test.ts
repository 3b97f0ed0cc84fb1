import type Stripe from 'stripe';
import {
  newApiKey,
  startNetwork,
  createIntent,
  cleanUp,
  eventually,
  plantFault,
  errorOf,
  stripeClient,
  post,
} from '../testing/network.js';

afterEach(cleanUp);

async function openShop() {
  const network = await startNetwork();
  const key = newApiKey();
  const stripe = stripeClient(network.port, key);
  const intent = await createIntent(stripe);
  const plant = async (fault: object) => await plantFault(network.url, key, fault);
  /** Without Stripe's client, because the client retries after a closed connection. */
  const confirm = async (idempotencyKey = 'cf-1', signal?: AbortSignal) =>
    await fetch(`${network.url}/v1/payment_intents/${intent.id}/confirm`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'idempotency-key': idempotencyKey },
      body: 'payment_method=pm_card_visa',
      ...(signal && { signal }),
    });
  const status = async () => (await stripe.paymentIntents.retrieve(intent.id)).status;
  return { network, key, stripe, intent, plant, confirm, status };
}

const statusOf = (request: Promise<Response>) =>
  request.then(
    ({ status }) => status,
    () => 'disconnected',
  );

describe('a planted fault', () => {
  it.each([
    ['down', 'before', 'disconnected', 'requires_payment_method', 200],
    ['down', 'after', 'disconnected', 'succeeded', 200],
    ['errors', 'before', 500, 'requires_payment_method', 200],
    ['errors', 'after', 500, 'succeeded', 500],
    ['rate-limited', 'before', 429, 'requires_payment_method', 200],
  ])(
    '%s %s the effect: the request gets %s, the intent is %s and a retry gets %s',
    async (mode, when, response, intentStatus, retryStatus) => {
      const { plant, confirm, status } = await openShop();
      await plant({ mode, when, match: 'confirm', calls: 1 });
      expect(await statusOf(confirm())).toBe(response);
      expect(await status()).toBe(intentStatus);
      expect(await statusOf(confirm())).toBe(retryStatus);
    },
  );

  it.each([
    ['before', 'requires_payment_method'],
    ['after', 'succeeded'],
  ])('blackhole %s the effect: no response arrives and the intent is %s', async (when, intentStatus) => {
    const { plant, confirm, status } = await openShop();
    await plant({ mode: 'blackhole', when, match: 'confirm', calls: 1 });
    const leaving = new AbortController();
    const response = statusOf(confirm('cf-1', leaving.signal));
    await eventually(async () => expect(await status()).toBe(intentStatus));
    setTimeout(() => leaving.abort(), 100);
    expect(await response).toBe('disconnected');
    expect(await status()).toBe(intentStatus);
  });

  it.each([
    ['retrieve-refund', (stripe: Stripe) => stripe.refunds.retrieve('re_x')],
    ['update-refund', (stripe: Stripe) => stripe.refunds.update('re_x', { metadata: { a: 'b' } })],
    ['list-refunds', (stripe: Stripe) => stripe.refunds.list()],
    ['retrieve-dispute', (stripe: Stripe) => stripe.disputes.retrieve('du_x')],
    ['list-disputes', (stripe: Stripe) => stripe.disputes.list()],
    ['close-dispute', (stripe: Stripe) => stripe.disputes.close('du_x')],
  ])('with "match": "%s" strikes that operation only', async (match, call) => {
    const { plant, stripe, status } = await openShop();
    await plant({ mode: 'errors', match, calls: 1 });
    expect(await status()).toBe('requires_payment_method');
    expect(await errorOf(call(stripe))).toMatchObject({ statusCode: 500 });
  });

  it('of "retrieve" does not strike the browser of the buyer, which has a publishable key', async () => {
    const { plant, network, key, intent, stripe } = await openShop();
    await plant({ mode: 'errors', match: 'retrieve', calls: 1 });
    const url = `${network.url}/v1/payment_intents/${intent.id}?client_secret=${intent.client_secret}`;
    expect((await fetch(`${url}&key=${key.replace('sk_', 'pk_')}`)).status).toBe(200);
    expect(await errorOf(stripe.paymentIntents.retrieve(intent.id))).toMatchObject({ statusCode: 500 });
    await plant({ mode: 'errors', match: 'public-retrieve', calls: 1 });
    expect((await fetch(`${url}&key=${key.replace('sk_', 'pk_')}`)).status).toBe(500);
  });

  it('lasts for the given number of requests', async () => {
    const { plant, confirm } = await openShop();
    await plant({ mode: 'errors', calls: 2 });
    const responses = [await confirm(), await confirm(), await confirm()];
    expect(responses.map((response) => response.status)).toEqual([500, 500, 200]);
  });

  it('lasts until it is removed', async () => {
    const { plant, stripe, intent } = await openShop();
    await plant({ mode: 'rate-limited' });
    await plant({ mode: 'errors', match: 'cancel' });
    expect(await errorOf(stripe.paymentIntents.retrieve(intent.id))).toMatchObject({ statusCode: 429 });
    expect(await errorOf(stripe.paymentIntents.cancel(intent.id))).toMatchObject({ statusCode: 500 });
    await plant({ mode: 'ok' });
    expect((await stripe.paymentIntents.cancel(intent.id)).status).toBe('canceled');
  });

  it('affects only its own account', async () => {
    const { plant, network } = await openShop();
    await plant({ mode: 'errors' });
    expect((await createIntent(stripeClient(network.port))).status).toBe('requires_payment_method');
  });

  it('can add latency only', async () => {
    const { plant, confirm } = await openShop();
    await plant({ mode: 'ok', latencyMs: 60, match: 'confirm' });
    const start = performance.now();
    expect((await confirm()).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(50);
  });

  it.each([
    { mode: 'sideways' },
    { mode: 'errors', match: 'everything' },
    { mode: 'errors', calls: 0 },
    { mode: 'errors', surprise: 1 },
    { mode: 'rate-limited', when: 'after' },
    {},
  ])('%j is rejected', async (fault) => {
    const { plant } = await openShop();
    expect((await plant(fault)).status).toBe(400);
  });

  it('needs a JSON body and a valid key', async () => {
    const { network, key } = await openShop();
    expect((await post(network.url, key, '/control', '{')).status).toBe(400);
    expect((await post(network.url, 'none', '/control', '{"mode":"ok"}')).status).toBe(401);
  });
});
