import {
  cleanUp,
  createIntent,
  errorOf,
  newApiKey,
  post,
  startNetwork,
  stripeClient,
} from '../testing/network.js';

afterEach(cleanUp);

describe('a request', () => {
  it.each([
    ['amount=49&currency=usd', 400, 'amount_too_small'],
    ['amount=100000000&currency=usd', 400, 'amount_too_large'],
    ['amount=100', 400, 'parameter_missing'],
    ['currency=usd', 400, 'parameter_missing'],
    ['amount=1.5&currency=usd', 400, 'parameter_invalid_integer'],
    ['amount=100&currency=usd&colour=red', 400, 'parameter_unknown'],
    ['amount=100&currency=usd&capture_method=manual', 400, 'parameter_invalid'],
    ['amount=100&currency=usd&payment_method=pm_nope', 400, 'resource_missing'],
  ])('to create an intent from %j gets %i %s', async (form, status, code) => {
    const network = await startNetwork();
    const response = await post(network.url, newApiKey(), '/v1/payment_intents', form);
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
  ])('for the unknown %s gets 404', async (path) => {
    const network = await startNetwork();
    const response = await fetch(`${network.url}${path}`, {
      headers: { authorization: `Bearer ${newApiKey()}` },
    });
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
  ])('with %s (%s) gets %i', async (_description, authorization, status) => {
    const network = await startNetwork();
    const headers = authorization === undefined ? undefined : { authorization };
    const response = await fetch(`${network.url}/v1/payment_intents/pi_x`, headers && { headers });
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain('1234567890');
  });

  it('for an unknown path gets a Stripe-shaped error', async () => {
    const network = await startNetwork();
    const response = await post(network.url, newApiKey(), '/v1/customers');
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { error: { type: 'invalid_request_error' } },
    ]);
  });

  it('with a body over 100 KiB gets 413', async () => {
    const network = await startNetwork();
    expect((await post(network.url, newApiKey(), '/v1/refunds', 'x'.repeat(200_000))).status).toBe(413);
  });
});

describe('an account', () => {
  it('cannot see the intents of another account', async () => {
    const network = await startNetwork();
    const { id } = await createIntent(stripeClient(network.port));
    const other = stripeClient(network.port);
    expect(await errorOf(other.paymentIntents.retrieve(id))).toMatchObject({ statusCode: 404 });
    expect((await other.paymentIntents.list()).data).toEqual([]);
  });
});

describe('GET /healthz', () => {
  it('answers without a key', async () => {
    expect((await fetch(`${(await startNetwork()).url}/healthz`)).status).toBe(200);
  });
});
