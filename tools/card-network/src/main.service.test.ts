import { startCardNetworkProcess } from './testing/process.js';
import { startReceiver } from './testing/webhook-receiver.js';
import {
  temporaryFolder,
  newApiKey,
  createIntent,
  createPaidIntent,
  newOrderId,
  cleanUp,
  eventually,
  fetchLedger,
  post,
  stripeClient,
} from './testing/network.js';

afterEach(cleanUp);

const STARTED = /"url":"(http:[^"]+)"/;
const portOf = (url: string) => Number(new URL(url).port);

describe('the process', () => {
  it('stops with exit code 0 on SIGTERM, even with an open connection', async () => {
    const program = startCardNetworkProcess({ PORT: '0', CARDS_DATA: temporaryFolder() });
    const url = await program.waitForOutput(STARTED);
    expect((await createIntent(stripeClient(portOf(url)))).object).toBe('payment_intent');
    const signalled = performance.now();
    program.child.kill('SIGTERM');
    expect(await program.exited).toBe(0);
    expect(performance.now() - signalled).toBeLessThan(20_000);
  });

  it('exits with 1 and an explanation when its port is in use', async () => {
    const holder = await startReceiver();
    const program = startCardNetworkProcess({ PORT: String(holder.port), CARDS_DATA: temporaryFolder() });
    expect(await program.exited).toBe(1);
    expect(program.output()).toMatch(/cannot start.*address already in use.*Choose another PORT/);
  });

  it('takes the API version, the types of events and the time of refunds from its environment', async () => {
    const receiver = await startReceiver();
    const program = startCardNetworkProcess({
      PORT: '0',
      CARDS_DATA: temporaryFolder(),
      CARDS_WEBHOOK_URL: receiver.url,
      CARDS_WEBHOOK_SECRET: 'whsec_configured',
      CARDS_API_VERSION: '2020-08-27',
      CARDS_WEBHOOK_EVENTS: 'payment_intent.succeeded,refund.failed',
      CARDS_REFUND_SETTLE_MS: '20',
    });
    const stripe = stripeClient(portOf(await program.waitForOutput(STARTED)));
    const { id } = await createPaidIntent(stripe, 'pm_card_refundFail');
    await stripe.refunds.create({ payment_intent: id });
    await eventually(() => expect(receiver.types()).toEqual(['payment_intent.succeeded', 'refund.failed']));
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ api_version: '2020-08-27' });
  });

  it('exits with 1 and names every invalid variable', async () => {
    const program = startCardNetworkProcess({
      PORT: 'eighty',
      CARDS_DATA: '',
      CARDS_WEBHOOK_URL: 'not a url',
    });
    expect(await program.exited).toBe(1);
    expect(program.output()).toMatch(/PORT[\s\S]*CARDS_DATA|CARDS_DATA[\s\S]*PORT/);
    expect(program.output()).toMatch(/CARDS_WEBHOOK_URL/);
  });
});

describe('a network killed under load', () => {
  it('keeps every charge that it confirmed, and delivers every event', async () => {
    const receiver = await startReceiver();
    const env = {
      PORT: '0',
      CARDS_DATA: temporaryFolder(),
      CARDS_WEBHOOK_URL: receiver.url,
      CARDS_WEBHOOK_SECRET: 'whsec_configured',
    };
    const key = newApiKey();
    const first = startCardNetworkProcess(env);
    const url = await first.waitForOutput(STARTED);
    const confirmed = await payUntilKilled(url, key, () => first.child.kill('SIGKILL'));
    expect(await first.exited).toBe('SIGKILL');
    expect(confirmed.size).toBeGreaterThanOrEqual(100);

    const second = startCardNetworkProcess(env);
    const restartedUrl = await second.waitForOutput(STARTED);
    const { paymentIntents } = await fetchLedger(restartedUrl, key);
    const charged = new Map(paymentIntents.map((intent) => [intent.id, intent]));
    for (const [id, body] of confirmed) {
      expect(charged.get(id)).toMatchObject({ status: 'succeeded', charged: 1999, attempts: 1 });
      const replay = await confirm(restartedUrl, key, id);
      expect([replay.headers.get('idempotent-replayed'), await replay.text()]).toEqual(['true', body]);
    }
    await eventually(() => {
      const delivered = new Set(
        receiver.received.map(({ body }) => (JSON.parse(body) as WebhookEvent).data.object.id),
      );
      expect([...confirmed.keys()].filter((id) => !delivered.has(id))).toEqual([]);
    });
  });
});

type WebhookEvent = { data: { object: { id: string } } };

async function confirm(url: string, key: string, id: string): Promise<Response> {
  return await post(url, key, `/v1/payment_intents/${id}/confirm`, 'payment_method=pm_card_visa', {
    'idempotency-key': `cf-${id}`,
  });
}

/** Eight buyers pay until the process is killed after 100 payments. Returns the response bodies by intent id. */
async function payUntilKilled(url: string, key: string, kill: () => void): Promise<Map<string, string>> {
  const responses = new Map<string, string>();
  const buyer = async () => {
    const stripe = stripeClient(portOf(url), key);
    for (;;) {
      const { id } = await createIntent(stripe, newOrderId());
      const response = await confirm(url, key, id);
      responses.set(id, await response.text());
      if (responses.size === 100) kill();
    }
  };
  await Promise.allSettled(Array.from({ length: 8 }, buyer)); // each buyer stops when its connection closes
  return responses;
}
