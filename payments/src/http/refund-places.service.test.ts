// The seller or an operator gives back the price of some places of an order.

import { randomUUID } from 'node:crypto';
import type { Place } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { UsageError } from '@ticketing/common/operator';
import { eventually } from '@ticketing/common/testing';
import { requestRefund as decide } from '../domain/refund-request.js';
import { startPayments, type Payments } from '../testing/start.js';

let payments: Payments;
beforeAll(async () => {
  payments = await startPayments({ SETTLE_SWEEP_MS: '100' });
});
afterEach(() => payments.network.inject({ mode: 'ok' }));
afterAll(() => payments.stop());

const code = (answer: { body: { errors?: { code: string }[] } }) => answer.body.errors?.[0]?.code;

/** A paid order of the places 3 to 6 of the floor for 5.00 each, and place 0 of a box for 9.00. */
async function paidOrder(token = 'tok_visa') {
  const [floor, box] = [newId(), newId()];
  const offer = { title: 'Final', version: 0 };
  const items = [
    { ...offer, ticketId: floor, price: '5.00', places: [3, 4, 5, 6] },
    { ...offer, ticketId: box, price: '9.00', places: [0] },
  ];
  const order = await payments.anOrder({ price: '29.00', items });
  await payments.pay(order.id, token, order.user).expect(201);
  const place = (n: number): Place => (n === 0 ? { ticketId: box, place: 0 } : { ticketId: floor, place: n });
  const refund = (...places: number[]) =>
    payments.refund(order.id, order.seller, { places: places.map(place) });
  return { ...order, floor, box, place, refund };
}
const returned = async (id: string) => (await payments.network.ledger(id))[0]?.refunded;
const published = (id: string) =>
  payments.eventsOf('payment:partly-refunded', id) as { refunds: { status: string }[] }[];

describe('an order of several places', () => {
  test('is charged once, with the price of all', async () => {
    const { id } = await paidOrder();
    expect(await payments.network.ledger(id)).toMatchObject([{ charged: 2_900, refunded: 0 }]);
  });

  test('is refunded by place, which is shown and published', async () => {
    const { id, user, place, refund } = await paidOrder();
    const answer = await refund(4, 0).expect(201);
    const made = { id: `rf-${id}-1`, amount: '14.00', status: 'succeeded', by: 'seller', reason: 'seller' };
    const places = [place(4), place(0)];
    expect(answer.body).toEqual({ ...made, currency: 'usd', places });
    expect(await returned(id)).toBe(1_400);
    expect((await payments.show(id, user).expect(200)).body).toMatchObject({
      status: 'partly-refunded',
      refunded: '14.00',
      refunds: [{ ...made, places }],
    });
    await eventually(() => expect(published(id)).toMatchObject([{ refunds: [{ ...made, places }] }]));
  });

  test('is compared with its owner by the places that it keeps', async () => {
    const { id, floor, box, refund } = await paidOrder();
    await refund(4).expect(201);
    const { lines } = await payments.operate('snapshot');
    const order = lines
      .map((line) => JSON.parse(line))
      .find(({ about, ...one }) => about === 'orders' && one.id === id);
    expect(order?.values).toMatchObject({
      priceInMinorUnits: 2_900,
      places: `${floor}/00003 ${floor}/00005 ${floor}/00006 ${box}`,
    });
  });

  test('is refunded as a whole with its last place', async () => {
    const { id, refund } = await paidOrder();
    await refund(3, 4).expect(201);
    await refund(0, 5, 6).expect(201);
    expect(await returned(id)).toBe(2_900);
    await eventually(() =>
      expect(payments.eventsOf('payment:refunded', id)).toMatchObject([
        { amount: '29.00', reason: 'refund' },
      ]),
    );
  });

  test('is refused for places that it has not, or that are refunded, and for an amount beside places', async () => {
    const { id, seller, place, refund } = await paidOrder();
    const unknown = await refund(3, 7).expect(409);
    expect(unknown.body.errors).toMatchObject([{ code: 'unknown-place', ...place(7) }]);
    await refund(3).expect(201);
    const again = await refund(4, 3).expect(409);
    expect(again.body.errors).toMatchObject([{ code: 'place-refunded', ...place(3) }]);
    const places = [place(4)];
    for (const body of [
      { places, amount: '5.00' },
      { places: [] },
      { places: [{ ...place(4), price: '9.00' }] },
      { places: [{ ...place(4), place: -1 }] },
      { places: [{ ...place(4), place: 0.5 }] },
      { places: Array.from({ length: 21 }, () => place(4)) },
    ])
      await payments.refund(id, seller, body).expect(400);
    expect(await returned(id)).toBe(500);
  });

  test('that is cancelled gets everything back that is left', async () => {
    const { id, refund, cancel } = await paidOrder();
    await refund(0).expect(201);
    await cancel();
    await payments.becomes(id, 'refunded');
    expect(await returned(id)).toBe(2_900);
  });
});

test('an order of one place is refunded by place, too', async () => {
  const { id, user, seller, ticketId } = await payments.anOrder();
  await payments.pay(id, 'tok_visa', user).expect(201);
  const places = [{ ticketId, place: 0 }];
  await payments.refund(id, seller, { places }).expect(201);
  await payments.becomes(id, 'refunded');
});

test('a payment of an earlier release is refunded by amount only', async () => {
  const { id, seller, refund } = await paidOrder();
  const stored = await payments.ctx.payments.get(id);
  await payments.ctx.payments.model.updateOne({ _id: id }, {
    $unset: { items: 1 },
    $set: { version: stored.version + 1 },
  } as never);
  expect(code(await refund(3).expect(409))).toBe('unknown-place');
  await payments.refund(id, seller, { amount: '5.00' }).expect(201);
  expect(await returned(id)).toBe(500);
});

test('under one key a refund of places is one refund', async () => {
  const { id, refund } = await paidOrder();
  const key = randomUUID();
  const first = await refund(3).set('Idempotency-Key', key).expect(201);
  expect((await refund(3).set('Idempotency-Key', key).expect(201)).body).toEqual(first.body);
  expect(await returned(id)).toBe(500);
});

describe('several refunds at once', () => {
  const asked = [[3], [3, 4], [4, 5], [5, 6], [6, 0], [0, 3], [3], [4], [5], [6], [0]];

  test('refund no place twice (the promise)', async () => {
    const { id, user, place, refund } = await paidOrder();
    const answers = await Promise.all(asked.map((places) => refund(...places)));
    const refused = answers.filter(({ status }) => status !== 201);
    expect(new Set(refused.map(code))).toEqual(new Set(['place-refunded']));

    const { refunds, refunded } = (await payments.show(id, user)).body as {
      refunds: { places: Place[] }[];
      refunded: string;
    };
    const named = refunds.flatMap(({ places }) => places.map((one) => JSON.stringify(one)));
    expect(new Set(named).size).toBe(named.length);
    const prices = named.map((one) => (one === JSON.stringify(place(0)) ? 900 : 500));
    const sum = prices.reduce((total, price) => total + price, 0);
    expect([await returned(id), refunded]).toEqual([sum, (sum / 100).toFixed(2)]);
  });

  test('refund a place twice if they decide on one reading (the control of the test above)', async () => {
    const { id, place } = await paidOrder();
    const read = await payments.ctx.payments.get(id);
    const decisions = asked.map((places) =>
      decide(read, { places: places.map(place), by: 'operator:ann', reason: '' }),
    );
    expect(decisions.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(asked.length);
  });
});

describe('an interrupted refund of places', () => {
  const faults = [
    { match: 'list-refunds', when: 'before' },
    { match: 'refund', when: 'before' },
    { match: 'refund', when: 'after' },
  ] as const;

  test.each(faults)('is continued by the sweep, happens once and keeps its places: %j', async (fault) => {
    const { id, place, refund } = await paidOrder();
    await payments.network.inject({ mode: 'down', ...fault });
    await refund(4).expect(202);
    expect(code(await refund(4))).toBe('place-refunded');
    await payments.network.inject({ mode: 'ok' });
    await payments.becomes(id, 'partly-refunded');
    expect(await returned(id)).toBe(500);
    await eventually(() =>
      expect(published(id)).toMatchObject([{ refunds: [{ status: 'succeeded', places: [place(4)] }] }]),
    );
  });
});

describe('a refund of places that the bank decides later', () => {
  async function decided(outcome: 'succeeded' | 'failed') {
    const order = await paidOrder('tok_pendingRefund');
    expect((await order.refund(4).expect(201)).body.status).toBe('pending');
    const [intent] = await payments.network.ledger(order.id);
    await payments.network.settleRefund(intent?.refunds[0]?.id ?? '', outcome);
    const object = { object: 'refund', id: 'any', payment_intent: intent?.id };
    await payments.hook(payments.network.webhook('refund.updated', object)).expect(200);
    return order;
  }

  test('is published again, because the place is free only now', async () => {
    const { id } = await decided('succeeded');
    await eventually(() =>
      expect(published(id).map(({ refunds }) => refunds[0]?.status)).toEqual(['pending', 'succeeded']),
    );
  });

  test('and that fails makes its place refundable again', async () => {
    const { id, refund } = await decided('failed');
    expect((await refund(4).expect(201)).body.id).toBe(`rf-${id}-2`);
  });
});

describe('an operator', () => {
  test('refunds places, and the history names them', async () => {
    const { id, floor } = await paidOrder();
    const list = [`${floor}/3`, `${floor}/5`];
    const { lines } = await payments.operate('refund', id, '--places', list.join(','));
    expect(lines).toEqual([`refund rf-${id}-1 of 10.00 usd is succeeded`]);
    const details = (await payments.ctx.payments.historyOf(id)).map(({ detail = '' }) => detail);
    expect(details).toContain(`rf-${id}-1 requested 10.00 for ${list.join(' ')}`);
    const { error } = await payments.operate('refund', id, `--places=${list[0]}`);
    expect(error?.message).toBe('Another refund returns the price of this place. (place-refunded)');
  });

  test('who names no place, or an amount beside it, is told how', async () => {
    const { id, floor } = await paidOrder();
    for (const options of [
      ['--places', floor],
      ['--places', ''],
      ['5.00', `--places=${floor}/3`],
    ])
      expect((await payments.operate('refund', id, ...options)).error).toBeInstanceOf(UsageError);
    expect(await returned(id)).toBe(0);
  });
});
