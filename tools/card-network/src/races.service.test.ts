import { aKey, aNetwork, anIntent, aPaidIntent, cleanUp, ledgerOf, stripeAt } from './testing/network.js';

afterEach(cleanUp);

/** A network whose calls wait a little, so that racing ones are truly under way together. */
async function aRacetrack() {
  const network = await aNetwork({ latencyMs: 20 });
  const key = aKey();
  return { network, key, stripe: stripeAt(network.port, key) };
}

const succeeded = (settled: ReadonlyArray<PromiseSettledResult<unknown>>) =>
  settled.filter(({ status }) => status === 'fulfilled').length;

const rounds = Array.from({ length: 10 }, (_, round) => round);

describe('racing calls', () => {
  it('two confirms with different keys charge once', async () => {
    const { network, key, stripe } = await aRacetrack();
    for (const round of rounds) {
      const { id } = await anIntent(stripe, `order-${round}`);
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
    const { paymentIntents } = await ledgerOf(network.url, key);
    expect(paymentIntents.map(({ attempts, charged }) => ({ attempts, charged }))).toEqual(
      rounds.map(() => ({ attempts: 1, charged: 1999 })),
    );
  });

  it('confirm against cancel has one outcome', async () => {
    const { stripe } = await aRacetrack();
    for (const round of rounds) {
      const { id } = await anIntent(stripe);
      const race = [
        () => stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }),
        () => stripe.paymentIntents.cancel(id),
      ];
      const settled = await Promise.allSettled((round % 2 ? race : race.reverse()).map((call) => call()));
      expect(succeeded(settled)).toBe(1);
      const told = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value.status] : []));
      expect([(await stripe.paymentIntents.retrieve(id)).status]).toEqual(told);
    }
  });

  it('refunds never give back more than was charged', async () => {
    const { network, key, stripe } = await aRacetrack();
    const { id } = await aPaidIntent(stripe);
    const settled = await Promise.allSettled(
      rounds.map(() => stripe.refunds.create({ payment_intent: id, amount: 700 })),
    );
    expect(succeeded(settled)).toBe(2);
    expect((await ledgerOf(network.url, key)).paymentIntents).toMatchObject([{ refunded: 1400 }]);
  });

  it('the same call with the same key is carried out once', async () => {
    const { network, key, stripe } = await aRacetrack();
    const { id } = await aPaidIntent(stripe);
    const settled = await Promise.allSettled(
      rounds.map(() =>
        stripe.refunds.create({ payment_intent: id, amount: 100 }, { idempotencyKey: 'once' }),
      ),
    );
    const answers = settled.map((result) =>
      result.status === 'fulfilled' ? result.value.id : (result.reason as { code: string }).code,
    );
    const { refunds } = await ledgerOf(network.url, key);
    expect(refunds).toHaveLength(1);
    // Those that came while it was under way are told so; the later ones get its answer again.
    expect(new Set(answers)).toEqual(new Set(['idempotency_key_in_use', refunds[0]?.id]));
  });

  it('…and without a key each is carried out (this keeps the test above honest)', async () => {
    const { network, key, stripe } = await aRacetrack();
    const { id } = await aPaidIntent(stripe);
    await Promise.all(rounds.map(() => stripe.refunds.create({ payment_intent: id, amount: 100 })));
    expect((await ledgerOf(network.url, key)).refunds).toHaveLength(10);
  });
});
