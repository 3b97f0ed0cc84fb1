import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  answerChallenge,
  createWaitingIntent,
  eventually,
  temporaryFolder,
  newApiKey,
  startNetwork,
  createIntent,
  createPaidIntent,
  cleanUp,
  fetchLedger,
  post,
  errorOf,
  stripeClient,
  waitUntilProcessing,
} from './testing/network.js';

afterEach(cleanUp);

describe('after a restart', () => {
  it('intents, refunds and payment methods are unchanged', async () => {
    const dataDir = temporaryFolder();
    const key = newApiKey();
    const first = await startNetwork({ dataDir });
    const before = stripeClient(first.port, key);
    const method = await before.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    const paid = await createPaidIntent(before);
    const refund = await before.refunds.create({ payment_intent: paid.id, amount: 100 });
    const open = await createIntent(before);
    await errorOf(before.paymentIntents.confirm(open.id, { payment_method: 'pm_card_chargeDeclined' }));
    const summary = await fetchLedger(first.url, key);
    await first.close();

    const second = await startNetwork({ dataDir });
    const after = stripeClient(second.port, key);
    expect(await fetchLedger(second.url, key)).toEqual(summary);
    expect((await after.refunds.list({ payment_intent: paid.id })).data).toMatchObject([{ id: refund.id }]);
    const confirmed = await after.paymentIntents.confirm(open.id, { payment_method: method.id });
    expect(confirmed.status).toBe('succeeded');
    expect(await errorOf(after.refunds.create({ payment_intent: paid.id, amount: 1900 }))).toMatchObject({
      code: 'amount_too_large',
    });
  });

  it('challenges, refunds and disputes are unchanged, and can still be settled', async () => {
    const dataDir = temporaryFolder();
    const key = newApiKey();
    const first = await startNetwork({ dataDir });
    const before = stripeClient(first.port, key);
    const waiting = await createWaitingIntent(before);
    const refused = await createWaitingIntent(before);
    await answerChallenge(first.url, refused.secret, 'refuse');
    const pending = await before.refunds.create({
      payment_intent: (await createPaidIntent(before, 'pm_card_pendingRefund')).id,
    });
    const disputed = await createPaidIntent(before, 'pm_card_createDispute');
    const [dispute] = (await before.disputes.list()).data;
    const summary = await fetchLedger(first.url, key);
    const shown = await before.paymentIntents.retrieve(waiting.id);
    await first.close();

    // Long enough that the first reading comes before the bank's decision.
    const second = await startNetwork({ dataDir, refundSettleMs: 8_000 });
    const after = stripeClient(second.port, key);
    expect(await fetchLedger(second.url, key)).toEqual(summary);
    expect(await after.paymentIntents.retrieve(waiting.id)).toEqual(shown);
    expect((await answerChallenge(second.url, refused.secret, 'refuse')).status).toBe(200);
    expect((await answerChallenge(second.url, waiting.secret, 'approve')).status).toBe(200);
    expect((await after.disputes.list({ payment_intent: disputed.id })).data).toEqual([dispute]);
    expect(await errorOf(after.refunds.create({ payment_intent: disputed.id }))).toMatchObject({
      code: 'charge_disputed',
    });
    await eventually(async () => expect((await after.refunds.retrieve(pending.id)).status).toBe('succeeded'));
    const ended = await fetchLedger(second.url, key);
    await second.close();
    expect(await fetchLedger((await startNetwork({ dataDir })).url, key)).toEqual(ended);
  });

  it.each([
    ['success', 'pm_card_visa', 200],
    ['decline', 'pm_card_chargeDeclined', 402],
    ['500', 'pm_card_500AfterSuccess', 500],
  ])('an idempotency key replays its %s', async (_outcome, card, status) => {
    const dataDir = temporaryFolder();
    const key = newApiKey();
    const first = await startNetwork({ dataDir });
    const { id } = await createIntent(stripeClient(first.port, key));
    const confirm = async (url: string) =>
      await post(url, key, `/v1/payment_intents/${id}/confirm`, `payment_method=${card}`, {
        'idempotency-key': 'k',
      });
    const body = await (await confirm(first.url)).text();
    await first.close();

    const again = await confirm((await startNetwork({ dataDir })).url);
    expect([again.status, again.headers.get('idempotent-replayed'), await again.text()]).toEqual([
      status,
      'true',
      body,
    ]);
  });

  it('an interrupted slow confirm is completed under its key', async () => {
    const dataDir = temporaryFolder();
    const key = newApiKey();
    const first = await startNetwork({ dataDir, slowMs: 60_000 });
    const stripe = stripeClient(first.port, key);
    const { id } = await createIntent(stripe);
    const confirm = async (url: string) =>
      await post(url, key, `/v1/payment_intents/${id}/confirm`, 'payment_method=pm_card_slow', {
        'idempotency-key': 'k',
      });
    const interrupted = confirm(first.url).catch(() => 'disconnected');
    await waitUntilProcessing(stripe, id);
    await first.close();
    expect(await interrupted).toBe('disconnected');

    const again = await confirm((await startNetwork({ dataDir })).url);
    expect([again.headers.get('idempotent-replayed'), await again.json()]).toMatchObject([
      'true',
      { status: 'succeeded' },
    ]);
  });

  it('a torn last line is dropped and logged, and the other lines remain', async () => {
    const dataDir = temporaryFolder();
    const key = newApiKey();
    const first = await startNetwork({ dataDir });
    const { id } = await createPaidIntent(stripeClient(first.port, key));
    await first.close();
    appendFileSync(join(dataDir, 'ledger.jsonl'), '{"at":1,"account":"acct_x","intents":[{"id":"pi_to');

    const second = await startNetwork({ dataDir });
    expect(second.logged[0]).toMatchObject({
      event: 'torn end of the ledger dropped',
      fields: { tornBytes: 50 },
    });
    const stripe = stripeClient(second.port, key);
    await createPaidIntent(stripe);
    await second.close();

    const third = await startNetwork({ dataDir });
    expect(third.logged.map(({ event }) => event)).toEqual(['card network started']);
    expect((await fetchLedger(third.url)).paymentIntents).toMatchObject([
      { id, status: 'succeeded' },
      { charged: 1999 },
    ]);
  });

  it('planted faults are gone', async () => {
    const dataDir = temporaryFolder();
    const key = newApiKey();
    const first = await startNetwork({ dataDir });
    await post(first.url, key, '/control', '{"mode":"errors"}');
    await first.close();
    expect((await createIntent(stripeClient((await startNetwork({ dataDir })).port, key))).object).toBe(
      'payment_intent',
    );
  });
});
