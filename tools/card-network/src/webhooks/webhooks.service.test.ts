import Stripe from 'stripe';
import {
  aDataDir,
  aKey,
  aNetwork,
  anIntent,
  aPaidIntent,
  aReceiver,
  cleanUp,
  eventually,
  refusalOf,
  stripeAt,
} from '../testing/network.js';

afterEach(cleanUp);

const SECRET = 'whsec_configured';

describe('a webhook', () => {
  it('tells of every outcome', async () => {
    const receiver = await aReceiver();
    const network = await aNetwork({ webhookUrl: receiver.url, webhookSecret: SECRET });
    const stripe = stripeAt(network.port);
    const { id } = await anIntent(stripe);
    await refusalOf(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined' }));
    await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    await stripe.refunds.create({ payment_intent: id });
    await stripe.paymentIntents.cancel((await anIntent(stripe)).id);

    await eventually(() => expect(receiver.received).toHaveLength(5));
    expect(receiver.types().sort()).toEqual([
      'charge.refunded',
      'payment_intent.canceled',
      'payment_intent.payment_failed',
      'payment_intent.succeeded',
      'refund.created',
    ]);
  });

  it('is signed: Stripe takes it, and refuses it once tampered with', async () => {
    const receiver = await aReceiver();
    const network = await aNetwork({ webhookUrl: receiver.url, webhookSecret: SECRET });
    const stripe = stripeAt(network.port);
    const { id } = await aPaidIntent(stripe);
    const { body, signature } = await eventually(() => {
      const [first] = receiver.received;
      if (first === undefined) throw new Error('no webhook yet');
      return first;
    });

    const event = stripe.webhooks.constructEvent(body, signature, SECRET);
    expect(event).toMatchObject({
      type: 'payment_intent.succeeded',
      livemode: false,
      data: { object: { id } },
    });
    const refused = Stripe.errors.StripeSignatureVerificationError;
    expect(() => stripe.webhooks.constructEvent(body.replace('1999', '1'), signature, SECRET)).toThrow(
      refused,
    );
    expect(() => stripe.webhooks.constructEvent(body, signature, 'whsec_other')).toThrow(refused);
  });

  it('is sent again, the same, until it is taken', async () => {
    const answers = [500, 302, 200];
    const receiver = await aReceiver(() => answers.shift() ?? 200);
    const network = await aNetwork({ webhookUrl: receiver.url, webhookSecret: SECRET });
    await aPaidIntent(stripeAt(network.port));
    await eventually(() => expect(receiver.received).toHaveLength(3));
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect(
      network.logged.map(({ event }) => event).filter((event) => event === 'webhook refused'),
    ).toHaveLength(2);
  });

  it('waits for a receiver that is away, also over a restart', async () => {
    const away = await aReceiver();
    await away.close();
    const options = { webhookUrl: away.url, webhookSecret: SECRET, dataDir: aDataDir() };
    const network = await aNetwork(options);
    const stripe = stripeAt(network.port);
    const ids = [(await aPaidIntent(stripe)).id, (await aPaidIntent(stripe)).id];
    await eventually(() =>
      expect(network.logged.map(({ event }) => event)).toContain('webhook endpoint unreachable'),
    );
    await network.close();

    const back = await aReceiver(() => 200, away.port);
    await aNetwork(options);
    await eventually(() => expect(back.received).toHaveLength(2));
    const told = back.received.map(
      ({ body }) => (JSON.parse(body) as { data: { object: { id: string } } }).data.object.id,
    );
    expect(told.sort()).toEqual(ids.sort());
  });

  it('that was taken is not sent again after a restart', async () => {
    const receiver = await aReceiver();
    const options = { webhookUrl: receiver.url, webhookSecret: SECRET, dataDir: aDataDir() };
    const first = await aNetwork(options);
    const { id } = await aPaidIntent(stripeAt(first.port));
    await eventually(() => expect(receiver.received).toHaveLength(1));
    await first.close();

    const second = await aNetwork(options);
    const stripe = stripeAt(second.port);
    await aPaidIntent(stripe);
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(1));
    expect(receiver.received.filter(({ body }) => body.includes(id))).toHaveLength(1);
  });

  it('is not sent where none was asked for', async () => {
    const receiver = await aReceiver();
    const network = await aNetwork();
    const stripe = stripeAt(network.port);
    await aPaidIntent(stripe);
    await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['payment_intent.canceled'] });
    await aPaidIntent(stripe);
    await stripe.paymentIntents.cancel((await anIntent(stripe)).id);
    await eventually(() => expect(receiver.types()).toEqual(['payment_intent.canceled']));
  });

  it('needs a secret to be signed with', async () => {
    await expect(aNetwork({ webhookUrl: 'http://127.0.0.1:9/hook' })).rejects.toThrow('secret');
  });
});

describe('a webhook endpoint', () => {
  it('gets the events of its own account, signed with its own secret', async () => {
    const [mine, theirs] = [await aReceiver(), await aReceiver()];
    const network = await aNetwork();
    const [me, them] = [stripeAt(network.port), stripeAt(network.port, aKey())];
    const endpoint = await me.webhookEndpoints.create({ url: mine.url, enabled_events: ['*'] });
    await them.webhookEndpoints.create({ url: theirs.url, enabled_events: ['*'] });
    const { id } = await aPaidIntent(me);
    await aPaidIntent(them);

    await eventually(() => expect([mine.received.length, theirs.received.length]).toEqual([1, 1]));
    for (const { body, signature } of mine.received) {
      const event = me.webhooks.constructEvent(body, signature, endpoint.secret ?? '');
      expect(event).toMatchObject({ data: { object: { id } } });
    }
  });

  it('gets none after it was deleted', async () => {
    const receiver = await aReceiver();
    const network = await aNetwork();
    const stripe = stripeAt(network.port);
    const gone = await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] });
    await stripe.webhookEndpoints.del(gone.id);
    const kept = await stripe.webhookEndpoints.create({
      url: receiver.url,
      enabled_events: ['payment_intent.canceled'],
    });
    await aPaidIntent(stripe);
    await stripe.paymentIntents.cancel((await anIntent(stripe)).id);
    await eventually(() => expect(receiver.types()).toEqual(['payment_intent.canceled']));
    expect(kept.secret).toMatch(/^whsec_/);
    expect(await refusalOf(stripe.webhookEndpoints.del(gone.id))).toMatchObject({ statusCode: 404 });
  });
});
