import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@ticketing/common/testing/servers';
import Stripe from 'stripe';
import {
  temporaryFolder,
  newApiKey,
  startNetwork,
  createIntent,
  createPaidIntent,
  cleanUp,
  eventually,
  errorOf,
  stripeClient,
} from '../testing/network.js';
import { startReceiver } from '../testing/webhook-receiver.js';

afterEach(cleanUp);

const SECRET = 'whsec_configured';

/** Has one event, `payment_intent.canceled`. */
async function createCanceledIntent(stripe: Stripe) {
  return await stripe.paymentIntents.cancel((await createIntent(stripe)).id);
}

describe('a webhook', () => {
  it('reports every outcome', async () => {
    const receiver = await startReceiver();
    const network = await startNetwork({ webhookUrl: receiver.url, webhookSecret: SECRET });
    const stripe = stripeClient(network.port);
    const { id } = await createIntent(stripe);
    await errorOf(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined' }));
    await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    await stripe.refunds.create({ payment_intent: id });
    await createCanceledIntent(stripe);

    await eventually(() => expect(receiver.received).toHaveLength(6));
    expect(receiver.types().sort()).toEqual([
      'charge.refunded',
      'charge.succeeded',
      'payment_intent.canceled',
      'payment_intent.payment_failed',
      'payment_intent.succeeded',
      'refund.created',
    ]);
  });

  it.each([
    ['the version of Stripe’s client', {}, '2026-10-28.endive'],
    ['another one that is configured', { apiVersion: '2020-08-27' }, '2020-08-27'],
  ])('has %s as its API version', async (_description, options, version) => {
    const receiver = await startReceiver();
    const network = await startNetwork({ webhookUrl: receiver.url, webhookSecret: SECRET, ...options });
    await createCanceledIntent(stripeClient(network.port));
    await eventually(() => expect(receiver.received).toHaveLength(1));
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ api_version: version });
  });

  it('has a signature that Stripe’s client accepts, and rejects after any change', async () => {
    const receiver = await startReceiver();
    const network = await startNetwork({ webhookUrl: receiver.url, webhookSecret: SECRET });
    const stripe = stripeClient(network.port);
    const { id } = await createPaidIntent(stripe);
    const { body, signature } = await eventually(() => {
      const [first] = receiver.received;
      if (first === undefined) throw new Error('No webhook has arrived.');
      return first;
    });

    const event = stripe.webhooks.constructEvent(body, signature, SECRET);
    expect(event).toMatchObject({
      type: 'payment_intent.succeeded',
      livemode: false,
      data: { object: { id } },
    });
    const SignatureError = Stripe.errors.StripeSignatureVerificationError;
    expect(() => stripe.webhooks.constructEvent(body.replace('1999', '1'), signature, SECRET)).toThrow(
      SignatureError,
    );
    expect(() => stripe.webhooks.constructEvent(body, signature, 'whsec_other')).toThrow(SignatureError);
  });

  it('is retried unchanged until the endpoint accepts it', async () => {
    const statuses = [500, 302, 200];
    const receiver = await startReceiver(() => statuses.shift() ?? 200);
    const network = await startNetwork({ webhookUrl: receiver.url, webhookSecret: SECRET });
    await createCanceledIntent(stripeClient(network.port));
    await eventually(() => expect(receiver.received).toHaveLength(3));
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect(
      network.logged.map(({ event }) => event).filter((event) => event === 'webhook refused'),
    ).toHaveLength(2);
  });

  it('waits for an unreachable endpoint, even across a restart', async () => {
    const unreachable = await startReceiver(undefined, await freePort());
    await unreachable.close();
    const options = { webhookUrl: unreachable.url, webhookSecret: SECRET, dataDir: temporaryFolder() };
    const network = await startNetwork(options);
    const stripe = stripeClient(network.port);
    const ids = [(await createCanceledIntent(stripe)).id, (await createCanceledIntent(stripe)).id];
    await eventually(() =>
      expect(network.logged.map(({ event }) => event)).toContain('webhook endpoint unreachable'),
    );
    await network.close();

    const reachable = await startReceiver(() => 200, unreachable.port);
    await startNetwork(options);
    await eventually(() => expect(reachable.received).toHaveLength(2));
    const reported = reachable.received.map(
      ({ body }) => (JSON.parse(body) as { data: { object: { id: string } } }).data.object.id,
    );
    expect(reported.sort()).toEqual(ids.sort());
  });

  it('is not repeated after a restart once the endpoint has accepted it', async () => {
    const receiver = await startReceiver();
    const options = { webhookUrl: receiver.url, webhookSecret: SECRET, dataDir: temporaryFolder() };
    const first = await startNetwork(options);
    const { id } = await createCanceledIntent(stripeClient(first.port));
    // The network learns of the acceptance after the receiver has the event.
    const ledger = join(options.dataDir, 'ledger.jsonl');
    await eventually(() => expect(readFileSync(ledger, 'utf8')).toContain('"delivered"'));
    expect(receiver.received).toHaveLength(1);
    await first.close();

    const second = await startNetwork(options);
    const stripe = stripeClient(second.port);
    await createCanceledIntent(stripe);
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(1));
    expect(receiver.received.filter(({ body }) => body.includes(id))).toHaveLength(1);
  });

  it('is sent to subscribed endpoints only', async () => {
    const receiver = await startReceiver();
    const network = await startNetwork();
    const stripe = stripeClient(network.port);
    await createPaidIntent(stripe);
    await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['payment_intent.canceled'] });
    await createPaidIntent(stripe);
    await createCanceledIntent(stripe);
    await eventually(() => expect(receiver.types()).toEqual(['payment_intent.canceled']));
  });

  it('needs a secret for its signature', async () => {
    await expect(startNetwork({ webhookUrl: 'http://127.0.0.1:9/hook' })).rejects.toThrow('secret');
  });
});

describe('a webhook endpoint', () => {
  it('receives the events of its own account, signed with its own secret', async () => {
    const [mine, theirs] = [await startReceiver(), await startReceiver()];
    const network = await startNetwork();
    const [me, them] = [stripeClient(network.port), stripeClient(network.port, newApiKey())];
    const endpoint = await me.webhookEndpoints.create({ url: mine.url, enabled_events: ['*'] });
    await them.webhookEndpoints.create({ url: theirs.url, enabled_events: ['*'] });
    const { id } = await createCanceledIntent(me);
    await createCanceledIntent(them);

    await eventually(() => expect([mine.received.length, theirs.received.length]).toEqual([1, 1]));
    for (const { body, signature } of mine.received) {
      const event = me.webhooks.constructEvent(body, signature, endpoint.secret ?? '');
      expect(event).toMatchObject({ data: { object: { id } } });
    }
  });

  it('receives nothing after its deletion', async () => {
    const receiver = await startReceiver();
    const network = await startNetwork();
    const stripe = stripeClient(network.port);
    const deleted = await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] });
    await stripe.webhookEndpoints.del(deleted.id);
    const kept = await stripe.webhookEndpoints.create({
      url: receiver.url,
      enabled_events: ['payment_intent.canceled'],
    });
    await createPaidIntent(stripe);
    await createCanceledIntent(stripe);
    await eventually(() => expect(receiver.types()).toEqual(['payment_intent.canceled']));
    expect(kept.secret).toMatch(/^whsec_/);
    expect(await errorOf(stripe.webhookEndpoints.del(deleted.id))).toMatchObject({ statusCode: 404 });
  });
});
