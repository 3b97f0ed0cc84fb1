import {
  answerChallenge,
  createWaitingIntent,
  operate,
  newApiKey,
  startNetwork,
  createIntent,
  createPaidIntent,
  cleanUp,
  fetchLedger,
  stripeClient,
} from './testing/network.js';

afterEach(cleanUp);

/** Each request waits 20 ms, so that racing requests are in flight together. */
async function openSlowNetwork() {
  const network = await startNetwork({ latencyMs: 20 });
  const key = newApiKey();
  return { network, key, stripe: stripeClient(network.port, key) };
}

const succeeded = (settled: ReadonlyArray<PromiseSettledResult<unknown>>) =>
  settled.filter(({ status }) => status === 'fulfilled').length;

const rounds = Array.from({ length: 10 }, (_, round) => round);

describe('racing requests:', () => {
  it('three confirms with different keys charge once', async () => {
    const { network, key, stripe } = await openSlowNetwork();
    for (const round of rounds) {
      const { id } = await createIntent(stripe, `order-${round}`);
      const settled = await Promise.allSettled(
        ['a', 'b', 'c'].map((name) =>
          stripe.paymentIntents.confirm(
            id,
            { payment_method: 'pm_card_visa' },
            { idempotencyKey: `${id}-${name}` },
          ),
        ),
      );
      expect(succeeded(settled)).toBe(1);
    }
    const { paymentIntents } = await fetchLedger(network.url, key);
    expect(paymentIntents.map(({ attempts, charged }) => ({ attempts, charged }))).toEqual(
      rounds.map(() => ({ attempts: 1, charged: 1999 })),
    );
  });

  it('a confirm and a cancel have one outcome', async () => {
    const { stripe } = await openSlowNetwork();
    for (const round of rounds) {
      const { id } = await createIntent(stripe);
      const race = [
        () => stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }),
        () => stripe.paymentIntents.cancel(id),
      ];
      const settled = await Promise.allSettled((round % 2 ? race : race.reverse()).map((call) => call()));
      expect(succeeded(settled)).toBe(1);
      const reported = settled.flatMap((result) =>
        result.status === 'fulfilled' ? [result.value.status] : [],
      );
      expect([(await stripe.paymentIntents.retrieve(id)).status]).toEqual(reported);
    }
  });

  it('two answers to one challenge, and a cancel, have one outcome', async () => {
    const { network, key, stripe } = await openSlowNetwork();
    for (const round of rounds) {
      const { id, secret } = await createWaitingIntent(stripe);
      const race = [
        async () => (await answerChallenge(network.url, secret, 'approve')).status === 200 && 'succeeded',
        async () => (await answerChallenge(network.url, secret, 'refuse')).status === 200 && 'refused',
        async () =>
          await stripe.paymentIntents.cancel(id).then(
            ({ status }) => status,
            () => false,
          ),
      ];
      const order = [...race.slice(round % 3), ...race.slice(0, round % 3)];
      const outcomes = (await Promise.all(order.map((call) => call()))).filter(Boolean);
      const { status, amount_received: received } = await stripe.paymentIntents.retrieve(id);
      expect(outcomes).toContain(status === 'requires_payment_method' ? 'refused' : status);
      expect(received).toBe(status === 'succeeded' ? 1999 : 0);
      expect(outcomes.filter((outcome) => outcome !== 'refused').length).toBeLessThanOrEqual(1);
    }
    const { paymentIntents } = await fetchLedger(network.url, key);
    expect(paymentIntents.map(({ attempts }) => attempts)).toEqual(rounds.map(() => 1));
  });

  it('a refund and a dispute never return more than the charge', async () => {
    const { network, key, stripe } = await openSlowNetwork();
    for (const round of rounds) {
      const { id } = await createPaidIntent(stripe);
      const race = [
        () => stripe.refunds.create({ payment_intent: id, amount: 1500 }),
        () => operate(network.url, key, '/disputes', { payment_intent: id, amount: 1500 }),
      ];
      await Promise.allSettled((round % 2 ? race : race.reverse()).map((call) => call()));
    }
    const { paymentIntents } = await fetchLedger(network.url, key);
    for (const { refunded, disputes } of paymentIntents) {
      expect([refunded, disputes.map(({ amount }) => amount)]).toEqual(
        refunded > 0 ? [1500, []] : [0, [1500]],
      );
    }
  });

  it('refunds never exceed the charge', async () => {
    const { network, key, stripe } = await openSlowNetwork();
    const { id } = await createPaidIntent(stripe);
    const settled = await Promise.allSettled(
      rounds.map(() => stripe.refunds.create({ payment_intent: id, amount: 700 })),
    );
    expect(succeeded(settled)).toBe(2);
    expect((await fetchLedger(network.url, key)).paymentIntents).toMatchObject([{ refunded: 1400 }]);
  });

  it('ten refunds with the same key refund once', async () => {
    const { network, key, stripe } = await openSlowNetwork();
    const { id } = await createPaidIntent(stripe);
    const settled = await Promise.allSettled(
      rounds.map(() =>
        stripe.refunds.create({ payment_intent: id, amount: 100 }, { idempotencyKey: 'once' }),
      ),
    );
    const results = settled.map((result) =>
      result.status === 'fulfilled' ? result.value.id : (result.reason as { code: string }).code,
    );
    const { refunds } = await fetchLedger(network.url, key);
    expect(refunds).toHaveLength(1);
    // A concurrent request is rejected; a later one gets the stored response.
    expect(new Set(results)).toEqual(new Set(['idempotency_key_in_use', refunds[0]?.id]));
  });

  it('control: without a key, each of the ten refunds is executed', async () => {
    const { network, key, stripe } = await openSlowNetwork();
    const { id } = await createPaidIntent(stripe);
    await Promise.all(rounds.map(() => stripe.refunds.create({ payment_intent: id, amount: 100 })));
    expect((await fetchLedger(network.url, key)).refunds).toHaveLength(10);
  });
});
