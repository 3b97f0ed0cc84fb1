import { startMain } from './testing/process.js';
import {
  aDataDir,
  aKey,
  anIntent,
  anOrderId,
  aReceiver,
  cleanUp,
  eventually,
  ledgerOf,
  post,
  stripeAt,
} from './testing/network.js';

afterEach(cleanUp);

const STARTED = /"url":"(http:[^"]+)"/;
const portOf = (url: string) => Number(new URL(url).port);

describe('the process', () => {
  it('starts, and ends well when asked to, with a connection open', async () => {
    const program = startMain({ PORT: '0', CARDS_DATA: aDataDir() });
    const url = await program.says(STARTED);
    expect((await anIntent(stripeAt(portOf(url)))).object).toBe('payment_intent');
    const asked = performance.now();
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(0);
    expect(performance.now() - asked).toBeLessThan(2000);
  });

  it('says that its port is busy, and ends with 1', async () => {
    const holder = await aReceiver();
    const program = startMain({ PORT: String(holder.port), CARDS_DATA: aDataDir() });
    expect(await program.ended).toBe(1);
    expect(program.said()).toMatch(/cannot start.*address already in use.*Choose another PORT/);
  });

  it('names every wrong variable, and ends with 1', async () => {
    const program = startMain({ PORT: 'eighty', CARDS_DATA: '', CARDS_WEBHOOK_URL: 'not a url' });
    expect(await program.ended).toBe(1);
    expect(program.said()).toMatch(/PORT[\s\S]*CARDS_DATA|CARDS_DATA[\s\S]*PORT/);
    expect(program.said()).toMatch(/CARDS_WEBHOOK_URL/);
  });
});

describe('killed under load', () => {
  it('has lost nothing that it answered, and tells of all of it', async () => {
    const receiver = await aReceiver();
    const env = {
      PORT: '0',
      CARDS_DATA: aDataDir(),
      CARDS_WEBHOOK_URL: receiver.url,
      CARDS_WEBHOOK_SECRET: 'whsec_configured',
    };
    const key = aKey();
    const first = startMain(env);
    const url = await first.says(STARTED);
    const answered = await payUntilKilled(url, key, () => first.child.kill('SIGKILL'));
    expect(await first.ended).toBe('SIGKILL');
    expect(answered.size).toBeGreaterThanOrEqual(100);

    const second = startMain(env);
    const again = await second.says(STARTED);
    const { paymentIntents } = await ledgerOf(again, key);
    const charged = new Map(paymentIntents.map((intent) => [intent.id, intent]));
    for (const [id, told] of answered) {
      expect(charged.get(id)).toMatchObject({ status: 'succeeded', charged: 1999, attempts: 1 });
      const replay = await confirm(again, key, id);
      expect([replay.headers.get('idempotent-replayed'), await replay.text()]).toEqual(['true', told]);
    }
    await eventually(() => {
      const heard = new Set(receiver.received.map(({ body }) => (JSON.parse(body) as Told).data.object.id));
      expect([...answered.keys()].filter((id) => !heard.has(id))).toEqual([]);
    });
  });
});

type Told = { data: { object: { id: string } } };

async function confirm(url: string, key: string, id: string): Promise<Response> {
  return await post(url, key, `/v1/payment_intents/${id}/confirm`, 'payment_method=pm_card_visa', {
    'idempotency-key': `cf-${id}`,
  });
}

/** Eight buyers pay without pause; the process is killed in their midst. Gives what was answered. */
async function payUntilKilled(url: string, key: string, kill: () => void): Promise<Map<string, string>> {
  const answered = new Map<string, string>();
  const buyer = async () => {
    const stripe = stripeAt(portOf(url), key);
    for (;;) {
      const { id } = await anIntent(stripe, anOrderId());
      const response = await confirm(url, key, id);
      answered.set(id, await response.text());
      if (answered.size === 100) kill();
    }
  };
  await Promise.allSettled(Array.from({ length: 8 }, buyer)); // each ends with its connection
  return answered;
}
