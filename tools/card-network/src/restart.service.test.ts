import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  aDataDir,
  aKey,
  aNetwork,
  anIntent,
  aPaidIntent,
  cleanUp,
  ledgerOf,
  post,
  refusalOf,
  stripeAt,
  untilProcessing,
} from './testing/network.js';

afterEach(cleanUp);

describe('after a restart', () => {
  it('everything is as it was', async () => {
    const dataDir = aDataDir();
    const key = aKey();
    const first = await aNetwork({ dataDir });
    const before = stripeAt(first.port, key);
    const method = await before.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    const paid = await aPaidIntent(before);
    const refund = await before.refunds.create({ payment_intent: paid.id, amount: 100 });
    const open = await anIntent(before);
    await refusalOf(before.paymentIntents.confirm(open.id, { payment_method: 'pm_card_chargeDeclined' }));
    const summary = await ledgerOf(first.url, key);
    await first.close();

    const second = await aNetwork({ dataDir });
    const after = stripeAt(second.port, key);
    expect(await ledgerOf(second.url, key)).toEqual(summary);
    expect((await after.refunds.list({ payment_intent: paid.id })).data).toMatchObject([{ id: refund.id }]);
    const confirmed = await after.paymentIntents.confirm(open.id, { payment_method: method.id });
    expect(confirmed.status).toBe('succeeded');
    expect(await refusalOf(after.refunds.create({ payment_intent: paid.id, amount: 1900 }))).toMatchObject({
      code: 'amount_too_large',
    });
  });

  it.each([
    ['success', 'pm_card_visa', 200],
    ['decline', 'pm_card_chargeDeclined', 402],
    ['500', 'pm_card_500AfterSuccess', 500],
  ])('an idempotency key still replays its %s', async (_what, card, status) => {
    const dataDir = aDataDir();
    const key = aKey();
    const first = await aNetwork({ dataDir });
    const { id } = await anIntent(stripeAt(first.port, key));
    const confirm = async (url: string) =>
      await post(url, key, `/v1/payment_intents/${id}/confirm`, `payment_method=${card}`, {
        'idempotency-key': 'k',
      });
    const told = await (await confirm(first.url)).text();
    await first.close();

    const again = await confirm((await aNetwork({ dataDir })).url);
    expect([again.status, again.headers.get('idempotent-replayed'), await again.text()]).toEqual([
      status,
      'true',
      told,
    ]);
  });

  it('a confirm that its slow bank had not answered is answered, under its key', async () => {
    const dataDir = aDataDir();
    const key = aKey();
    const first = await aNetwork({ dataDir, slowMs: 60_000 });
    const stripe = stripeAt(first.port, key);
    const { id } = await anIntent(stripe);
    const confirm = async (url: string) =>
      await post(url, key, `/v1/payment_intents/${id}/confirm`, 'payment_method=pm_card_slow', {
        'idempotency-key': 'k',
      });
    const cut = confirm(first.url).catch(() => 'cut');
    await untilProcessing(stripe, id);
    await first.close();
    expect(await cut).toBe('cut');

    const again = await confirm((await aNetwork({ dataDir })).url);
    expect([again.headers.get('idempotent-replayed'), await again.json()]).toMatchObject([
      'true',
      { status: 'succeeded' },
    ]);
  });

  it('a torn last line is dropped with a word, and the rest stands', async () => {
    const dataDir = aDataDir();
    const key = aKey();
    const first = await aNetwork({ dataDir });
    const { id } = await aPaidIntent(stripeAt(first.port, key));
    await first.close();
    appendFileSync(join(dataDir, 'ledger.jsonl'), '{"at":1,"account":"acct_x","intents":[{"id":"pi_to');

    const second = await aNetwork({ dataDir });
    expect(second.logged[0]).toMatchObject({
      event: 'torn end of the ledger dropped',
      facts: { tornBytes: 50 },
    });
    const stripe = stripeAt(second.port, key);
    await aPaidIntent(stripe);
    await second.close();

    const third = await aNetwork({ dataDir });
    expect(third.logged.map(({ event }) => event)).toEqual(['card network started']);
    expect((await ledgerOf(third.url)).paymentIntents).toMatchObject([
      { id, status: 'succeeded' },
      { charged: 1999 },
    ]);
  });

  it('faults that a test asked for are gone', async () => {
    const dataDir = aDataDir();
    const key = aKey();
    const first = await aNetwork({ dataDir });
    await post(first.url, key, '/control', '{"mode":"errors"}');
    await first.close();
    expect((await anIntent(stripeAt((await aNetwork({ dataDir })).port, key))).object).toBe('payment_intent');
  });
});
