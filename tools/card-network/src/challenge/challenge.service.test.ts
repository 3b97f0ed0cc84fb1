import {
  answerChallenge,
  cleanUp,
  createIntent,
  createPaidIntent,
  createWaitingIntent,
  errorOf,
  eventually,
  fetchLedger,
  newApiKey,
  startNetwork,
  stripeClient,
} from '../testing/network.js';
import { startReceiver } from '../testing/webhook-receiver.js';

afterEach(cleanUp);

async function openShop() {
  const receiver = await startReceiver();
  const network = await startNetwork({ webhookUrl: receiver.url, webhookSecret: 'whsec_configured' });
  const key = newApiKey();
  const stripe = stripeClient(network.port, key);
  const answer = async (secret: string, outcome: string) =>
    await answerChallenge(network.url, secret, outcome);
  const show = async (secret: string) => await fetch(`${network.url}/challenge?client_secret=${secret}`);
  const submit = async (secret: string, outcome: string) =>
    await fetch(`${network.url}/challenge`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ client_secret: secret, outcome }),
    });
  return { network, key, stripe, receiver, answer, show, submit };
}

const contentOf = async (response: Response) =>
  [response.status, (await response.json()) as unknown] as const;

describe('a card that needs approval', () => {
  it('asks Stripe.js to handle the next action when the shop gives no return URL', async () => {
    const { stripe, network } = await openShop();
    const { id, secret } = await createWaitingIntent(stripe);
    expect(secret).toMatch(new RegExp(`^${id}_secret_`));
    expect((await stripe.paymentIntents.retrieve(id)).next_action).toEqual({
      type: 'use_stripe_sdk',
      use_stripe_sdk: {
        type: 'three_d_secure_redirect',
        stripe_js: `${network.url}/challenge?client_secret=${secret}`,
      },
    });
  });

  it('redirects to the challenge when the shop gives a return URL', async () => {
    const { stripe, network } = await openShop();
    const { id } = await createIntent(stripe);
    const confirmed = await stripe.paymentIntents.confirm(id, {
      payment_method: 'pm_card_threeDSecure2Required',
      return_url: 'http://shop.test/back',
    });
    expect(confirmed).toMatchObject({
      status: 'requires_action',
      next_action: {
        type: 'redirect_to_url',
        redirect_to_url: {
          return_url: 'http://shop.test/back',
          url: `${network.url}/challenge?client_secret=${confirmed.client_secret}`,
        },
      },
    });
  });

  it('can be replaced by another card, and the payment can be cancelled, before the buyer answers', async () => {
    const { stripe } = await openShop();
    const first = await createWaitingIntent(stripe);
    const paid = await stripe.paymentIntents.confirm(first.id, { payment_method: 'pm_card_visa' });
    const second = await createWaitingIntent(stripe);
    const canceled = await stripe.paymentIntents.cancel(second.id);
    expect([paid.status, canceled.status]).toEqual(['succeeded', 'canceled']);
  });

  it('fails with a return URL that is not a URL', async () => {
    const { stripe } = await openShop();
    const { id } = await createIntent(stripe);
    const confirm = stripe.paymentIntents.confirm(id, {
      payment_method: 'pm_card_threeDSecure2Required',
      return_url: 'back',
    });
    expect(await errorOf(confirm)).toMatchObject({
      statusCode: 400,
      code: 'url_invalid',
      param: 'return_url',
    });
  });
});

describe('the answer to a challenge', () => {
  it('"approve" charges the card', async () => {
    const { stripe, answer, receiver, network, key } = await openShop();
    const { id, secret } = await createWaitingIntent(stripe);
    expect(await contentOf(await answer(secret, 'approve'))).toMatchObject([
      200,
      { payment_intent: { id, status: 'succeeded', next_action: null } },
    ]);
    expect((await fetchLedger(network.url, key)).paymentIntents).toMatchObject([
      { charged: 1999, attempts: 1 },
    ]);
    await eventually(() =>
      expect(receiver.types().sort()).toEqual([
        'charge.succeeded',
        'payment_intent.requires_action',
        'payment_intent.succeeded',
      ]),
    );
  });

  it('"refuse" fails the attempt, and the buyer can pay with another card', async () => {
    const { stripe, answer, receiver } = await openShop();
    const { id, secret } = await createWaitingIntent(stripe);
    const error = { type: 'invalid_request_error', code: 'payment_intent_authentication_failure' };
    expect(await contentOf(await answer(secret, 'refuse'))).toMatchObject([
      200,
      {
        payment_intent: {
          status: 'requires_payment_method',
          payment_method: null,
          last_payment_error: error,
        },
      },
    ]);
    await eventually(() =>
      expect(receiver.types().sort()).toEqual([
        'payment_intent.payment_failed',
        'payment_intent.requires_action',
      ]),
    );
    const shown = await stripe.paymentIntents.retrieve(id);
    expect(shown).toMatchObject({ latest_charge: null, last_payment_error: error });
    expect((await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' })).status).toBe(
      'succeeded',
    );
  });

  it('"approve" is declined when the bank declines after the approval', async () => {
    const { stripe, answer } = await openShop();
    const { secret } = await createWaitingIntent(stripe, 'pm_card_threeDSecureRequiredChargeDeclined');
    expect(await contentOf(await answer(secret, 'approve'))).toMatchObject([
      200,
      {
        payment_intent: { status: 'requires_payment_method', last_payment_error: { code: 'card_declined' } },
      },
    ]);
  });

  it.each(['approve', 'refuse'])(
    '"%s" given twice has the same result and no second event',
    async (outcome) => {
      const { stripe, answer, receiver } = await openShop();
      const { id, secret } = await createWaitingIntent(stripe);
      const first = await contentOf(await answer(secret, outcome));
      const second = await contentOf(await answer(secret, outcome));
      expect(second).toEqual(first);
      await stripe.paymentIntents.create({
        amount: 100,
        currency: 'usd',
        confirm: true,
        payment_method: 'pm_card_visa',
      });
      await eventually(() => expect(receiver.received.at(-1)?.body).not.toContain(id));
      const types = receiver.received.filter(({ body }) => body.includes(id));
      expect(types).toHaveLength(outcome === 'approve' ? 3 : 2);
    },
  );

  it.each([
    ['after another answer', 'refuse', 'already been refused', 'requires_payment_method'],
    ['after a cancellation', 'cancel', 'been cancelled', 'canceled'],
    ['after a payment with another card', 'pay', 'does not wait', 'succeeded'],
  ])('%s gets 409 and changes nothing', async (_description, before, message, status) => {
    const { stripe, answer, submit, network, key } = await openShop();
    const { id, secret } = await createWaitingIntent(stripe);
    if (before === 'refuse') await answer(secret, 'refuse');
    if (before === 'cancel') await stripe.paymentIntents.cancel(id);
    if (before === 'pay') await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    const ledger = await fetchLedger(network.url, key);

    expect(await contentOf(await answer(secret, 'approve'))).toMatchObject([
      409,
      {
        error: {
          code: 'payment_intent_unexpected_state',
          message: expect.stringContaining(message),
          payment_intent: { status },
        },
      },
    ]);
    const page = await submit(secret, 'approve');
    expect([page.status, await page.text()]).toEqual([409, expect.stringContaining(message)]);
    expect(await fetchLedger(network.url, key)).toEqual(ledger);
  });

  it.each([
    ['of an unknown payment', 'pi_x_secret_x', 'approve', 404, 'resource_missing'],
    ['without a secret', '', 'approve', 404, 'resource_missing'],
    ['that is neither approve nor refuse', 'pi_x_secret_x', 'maybe', 400, 'parameter_invalid'],
  ])('%s gets an error', async (_description, secret, outcome, status, code) => {
    const { answer, submit } = await openShop();
    expect(await contentOf(await answer(secret, outcome))).toMatchObject([status, { error: { code } }]);
    expect((await submit(secret, outcome)).status).toBe(status);
  });

  it('with the id and another secret gets 404', async () => {
    const { stripe, answer } = await openShop();
    const { id } = await createWaitingIntent(stripe);
    expect((await answer(`${id}_secret_x`, 'approve')).status).toBe(404);
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('requires_action');
  });
});

describe('the challenge page', () => {
  it('shows the amount and works with a form, without scripts', async () => {
    const { stripe, show, submit } = await openShop();
    const { id, secret } = await createWaitingIntent(stripe);
    const page = await show(secret);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).toContain('$19.99');
    expect(html).toMatch(
      /<button name="outcome" value="approve">[\s\S]*<button name="outcome" value="refuse">/,
    );
    expect(html).not.toContain('<script');

    const result = await submit(secret, 'approve');
    expect([result.status, await result.text()]).toEqual([200, expect.stringContaining('Payment made')]);
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('succeeded');
    expect(await (await show(secret)).text()).not.toContain('<form');
  });

  it.each([
    ['approve', 'succeeded'],
    ['refuse', 'failed'],
  ])('after "%s", leads back to the shop with the status %s', async (outcome, redirectStatus) => {
    const { stripe, submit } = await openShop();
    const { id } = await createIntent(stripe);
    const { client_secret: secret } = await stripe.paymentIntents.confirm(id, {
      payment_method: 'pm_card_threeDSecure2Required',
      return_url: 'http://shop.test/back?order=1',
    });
    const response = await submit(secret ?? '', outcome);
    expect([response.status, response.headers.get('location')]).toEqual([
      303,
      `http://shop.test/back?order=1&payment_intent=${id}&payment_intent_client_secret=${secret}&redirect_status=${redirectStatus}`,
    ]);
  });

  it('of an unknown payment is a 404', async () => {
    const { show } = await openShop();
    const page = await show('"><b>x');
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(await page.text()).not.toContain('<b>x');
  });

  it('is JSON for a caller that accepts JSON', async () => {
    const { stripe, network } = await openShop();
    const { id, secret } = await createWaitingIntent(stripe);
    const response = await fetch(`${network.url}/challenge?client_secret=${secret}`, {
      headers: { accept: 'application/json' },
    });
    expect(await contentOf(response)).toMatchObject([
      200,
      { payment_intent: { id, status: 'requires_action' } },
    ]);
  });
});

describe('a shop on another origin', () => {
  it.each(['/challenge', '/v1/payment_intents/pi_x'])('may call %s', async (path) => {
    const { network } = await openShop();
    const preflight = await fetch(`${network.url}${path}`, { method: 'OPTIONS' });
    const response = await fetch(`${network.url}${path}`, { headers: { accept: 'application/json' } });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      expect.stringContaining('Content-Type'),
    ]);
    for (const { headers } of [preflight, response])
      expect(headers.get('access-control-allow-origin')).toBe('*');
  });

  it.each(['/v1/refunds', '/v1/payment_intents', '/ledger', '/control'])('may not call %s', async (path) => {
    const { network } = await openShop();
    const responses = [
      await fetch(`${network.url}${path}`, { method: 'OPTIONS' }),
      await fetch(`${network.url}${path}`),
    ];
    for (const { headers } of responses) expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('a publishable key', () => {
  async function openBrowser() {
    const { network, stripe, key } = await openShop();
    const intent = await createPaidIntent(stripe);
    const publishable = key.replace('sk_', 'pk_');
    const get = async (query: string, apiKey = publishable) =>
      await fetch(`${network.url}/v1/payment_intents/${intent.id}${query}`, {
        headers: { authorization: `Bearer ${apiKey}` },
      });
    return { network, intent, publishable, get };
  }

  it('with the client secret shows the public part of an intent', async () => {
    const { get, intent } = await openBrowser();
    const response = await get(`?client_secret=${intent.client_secret}`);
    const shown = (await response.json()) as object;
    expect(shown).toMatchObject({ id: intent.id, status: 'succeeded', amount: 1999, currency: 'usd' });
    expect(intent).toMatchObject(shown);
    for (const secret of ['metadata', 'latest_charge', 'amount_received'])
      expect(shown).not.toHaveProperty(secret);
  });

  it('may be a parameter, as Stripe.js sends it', async () => {
    const { network, intent, publishable } = await openBrowser();
    const url = `${network.url}/v1/payment_intents/${intent.id}?client_secret=${intent.client_secret}`;
    expect((await fetch(`${url}&key=${publishable}&is_stripe_sdk=false`)).status).toBe(200);
  });

  it.each([
    ['without a client secret', () => '', 400, 'parameter_missing'],
    ['with another secret', (id: string) => `?client_secret=${id}_secret_x`, 404, 'resource_missing'],
  ])('%s shows nothing', async (_description, query, status, code) => {
    const { get, intent } = await openBrowser();
    expect(await contentOf(await get(query(intent.id)))).toMatchObject([status, { error: { code } }]);
  });

  it('of another account shows nothing', async () => {
    const { get, intent } = await openBrowser();
    const other = newApiKey().replace('sk_', 'pk_');
    expect((await get(`?client_secret=${intent.client_secret}`, other)).status).toBe(404);
  });

  it.each([
    ['GET', '/v1/payment_intents'],
    ['GET', '/v1/refunds'],
    ['POST', '/v1/payment_intents/pi_x/cancel'],
    ['GET', '/ledger'],
    ['POST', '/control'],
    ['POST', '/disputes'],
  ])('is refused by %s %s', async (method, path) => {
    const { network, publishable } = await openBrowser();
    const response = await fetch(`${network.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${publishable}` },
    });
    expect(await contentOf(response)).toMatchObject([403, { error: { code: 'secret_key_required' } }]);
  });
});
