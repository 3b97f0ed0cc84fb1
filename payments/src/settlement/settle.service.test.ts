// Every payment is settled, whatever fails between payments and the card network: an expected charge happens once, an
// unexpected one is refunded.

import { jobCause } from '@ticketing/common/observability';
import { eventually } from '@ticketing/common/testing';
import { startPayments, type Payments } from '../testing/start.js';
import { settle } from './settle.js';

let payments: Payments;
/** Milliseconds by which the clock of the service is ahead. */
let ahead = 0;
/** the time at which that clock stands still */
let stopped: number | undefined;

beforeAll(async () => {
  const quick = { SETTLE_SWEEP_MS: '100', SETTLE_AFTER_MS: '400', STRIPE_TIMEOUT_MS: '2000' };
  payments = await startPayments(quick, () => new Date((stopped ?? Date.now()) + ahead));
});
afterEach(async () => {
  ahead = 0;
  stopped = undefined;
  payments.answerWithin();
  await payments.network.inject({ mode: 'ok' });
});
afterAll(() => payments.stop());

const netCharge = async (id: string) => {
  const intents = await payments.network.ledger(id);
  return intents.reduce((sum, intent) => sum + intent.charged - intent.refunded, 0);
};

describe('an interrupted attempt', () => {
  const calls = ['create', 'confirm'] as const;
  const faults = [
    { mode: 'down', when: 'before' },
    { mode: 'down', when: 'after' },
    { mode: 'rate-limited' },
    { mode: 'blackhole', when: 'before' },
    { mode: 'blackhole', when: 'after' },
  ] as const;
  const cases = calls.flatMap((match) => faults.map((fault) => ({ match, ...fault })));

  test.each(cases)('is settled by the sweep with one charge: %j', async (fault) => {
    const { id, user } = await payments.anOrder();
    await payments.network.inject(fault);
    const answer = await payments.pay(id, 'pm_card_visa', user);
    expect(answer.status).toBe(202);
    await payments.network.inject({ mode: 'ok' });
    await payments.becomes(id, 'succeeded');
    expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, refunded: 0 }]);
    await eventually(() => expect(payments.eventsOf('payment:created', id)).toHaveLength(1));
  });

  test.each(['tok_500AfterSuccess', 'tok_lostAnswer'])(
    'with %s is found to have succeeded with one charge',
    async (token) => {
      const { id, user } = await payments.anOrder();
      // Before the sweep finds the outcome.
      payments.answerWithin(100);
      await payments.pay(id, token, user).expect(202);
      await payments.becomes(id, 'succeeded');
      expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, refunded: 0, attempts: 1 }]);
    },
  );

  test('whose decline was lost is found to be declined', async () => {
    const { id, user } = await payments.anOrder();
    await payments.network.inject({ mode: 'down', match: 'confirm', when: 'after' });
    await payments.pay(id, 'tok_chargeDeclined', user).expect(202);
    await payments.network.inject({ mode: 'ok' });
    await payments.becomes(id, 'declined');
    await payments.pay(id, 'tok_visa', user).expect(201);
    expect(await netCharge(id)).toBe(1_999);
  });

  test('that two processes settle at once is charged once, by one method', async () => {
    const { id, user } = await payments.anOrder();
    // The sweep finds nothing to do.
    stopped = Date.now();
    await payments.network.inject({ mode: 'down', match: 'create' });
    await payments.pay(id, 'tok_visa', user).expect(202);
    await payments.network.inject({ mode: 'ok' });
    const pending = await payments.ctx.payments.get(id);
    const both = [1, 2].map(() => settle(payments.ctx, pending, jobCause('test')));
    await expect(Promise.all(both)).resolves.toHaveLength(2);
    await payments.becomes(id, 'succeeded');
    expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, refunded: 0, attempts: 1 }]);
  });

  test('that is not resumed before the order expires ends without a charge', async () => {
    const { id, user } = await payments.anOrder();
    await payments.network.inject({ mode: 'down', match: 'confirm', when: 'before' });
    await payments.pay(id, 'pm_card_visa', user).expect(202);
    ahead = 901_000;
    await payments.becomes(id, 'void');
    expect(await payments.network.ledger(id)).toMatchObject([{ status: 'canceled', charged: 0 }]);
  });

  test('of a process that died is resumed by another process', async () => {
    const { id } = await payments.anOrder();
    const cause = { by: 'test', why: 'test', traceparent: '' };
    const { change, get } = payments.ctx.payments;
    const current = await get(id);
    if (current.status !== 'none') throw new Error('not a new payment');
    await change(
      id,
      (payment) => ({
        outcome: 'accepted',
        events: [],
        state: { ...payment, ...current, status: 'pending', attempt: 1, token: 'pm_card_visa', version: 1 },
      }),
      cause,
    );
    await payments.becomes(id, 'succeeded');
    expect(await netCharge(id)).toBe(1_999);
  });
});

describe('an order cancelled', () => {
  test('after the payment is refunded once', async () => {
    const { id, user, cancel, events } = await payments.anOrder();
    // The sweep does not settle it before the request does.
    stopped = Date.now();
    await payments.pay(id, 'tok_visa', user).expect(201);
    stopped = undefined;
    await Promise.all([cancel(), payments.publish(events.cancelled, { repeat: true })]);
    await payments.becomes(id, 'refunded');
    expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, refunded: 1_999 }]);
    await eventually(() =>
      expect(payments.eventsOf('payment:refunded', id)).toMatchObject([{ amount: '19.99' }]),
    );
    expect((await payments.show(id, user)).body.status).toBe('refunded');
    const steps = ((await payments.storage.history?.(id)) ?? []).map(
      ({ by, from, to }) => `${by.slice(0, 6)} ${from} ${to}`,
    );
    expect(steps.slice(-3)).toEqual([
      'user:' + user.id.slice(0, 1) + ' pending succeeded',
      'system succeeded refunding',
      'system refunding refunded',
    ]);
  });

  test('while the card network is working ends without a charge', async () => {
    const { id, user, cancel } = await payments.anOrder();
    payments.answerWithin(100);
    await payments.network.inject({ mode: 'ok', match: 'confirm', latencyMs: 500, calls: 1 });
    await payments.pay(id, 'pm_card_visa', user).expect(202);
    await cancel();
    await eventually(async () =>
      expect(['void', 'refunded']).toContain((await payments.ctx.payments.get(id)).status),
    );
    expect(await netCharge(id)).toBe(0);
  });

  test('before its intent is stored is never charged', async () => {
    const { id, user, cancel } = await payments.anOrder();
    payments.answerWithin(100);
    await payments.network.inject({ mode: 'ok', match: 'create', latencyMs: 500, calls: 1 });
    await payments.pay(id, 'pm_card_visa', user).expect(202);
    await cancel();
    await payments.becomes(id, 'void');
    await eventually(async () =>
      expect(await payments.network.ledger(id)).toMatchObject([{ status: 'canceled', charged: 0 }]),
    );
  });

  test('after a decline has its intent cancelled at Stripe', async () => {
    const { id, user, cancel } = await payments.anOrder();
    await payments.pay(id, 'tok_chargeDeclined', user).expect(402);
    await cancel();
    await payments.becomes(id, 'void');
    expect(await payments.network.ledger(id)).toMatchObject([{ status: 'canceled' }]);
  });

  test('after the payment is refunded despite a failure of the card network', async () => {
    const { id, user, cancel } = await payments.anOrder();
    await payments.pay(id, 'tok_visa', user).expect(201);
    await payments.network.inject({ mode: 'down', match: 'refund', when: 'after' });
    await cancel();
    await payments.becomes(id, 'refunding');
    await payments.network.inject({ mode: 'ok' });
    await payments.becomes(id, 'refunded');
    expect(await payments.network.ledger(id)).toMatchObject([{ charged: 1_999, refunded: 1_999 }]);
  });

  test('before its order:created arrives is never charged', async () => {
    const { events, id, user } = await payments.anOrder();
    await payments.ctx.payments.model.deleteOne({ _id: id });
    await payments.publish(events.cancelled);
    await payments.becomes(id, 'void');
    await payments.publish(events.created, { repeat: true });
    const answer = await payments.pay(id, 'tok_visa', user);
    expect(answer.status).toBe(409);
    expect(await payments.network.ledger(id)).toEqual([]);
  });
});
