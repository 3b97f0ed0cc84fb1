// An account with paid tickets is not deleted by accident.

import { OrderCancelled, OrderCompleted, OrderRefunded } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { eventually, startForTest, type TestService } from '@ticketing/common/testing';
import { service } from '../service.js';
import type { AuthContext } from '../store.js';

const password = 'correct horse';
let auth: TestService<AuthContext>;
beforeAll(async () => {
  auth = await startForTest(service);
});
afterAll(() => auth.stop());

async function aBuyer() {
  const answer = await auth.request
    .post('/api/users/signup')
    .send({ email: `${newId()}@example.com`, password })
    .expect(201);
  const id = String(answer.body.id);
  const cookie = String(answer.get('Set-Cookie')?.[0]?.split(';')[0]);
  const remove = (body: object = {}) =>
    auth.request
      .delete('/api/users')
      .set('Cookie', cookie)
      .send({ password, ...body });
  const exported = async () => (await auth.request.get('/api/users/export').set('Cookie', cookie)).body;
  return { id, remove, paidOrders: async () => (await exported()).paidOrders as string[] };
}

const order = (userId: string, id = newId()) => {
  const of = (version: number) => ({
    ...{ id, userId, version, ticket: { id: newId() } },
    expiresAt: '2026-06-01T12:15:00.000Z',
  });
  return {
    id,
    completed: (version = 1) => OrderCompleted({ ...of(version), status: 'complete' }),
    refunded: (version = 2) => OrderRefunded({ ...of(version), status: 'refunded', reason: 'refund' }),
    cancelled: (version = 2) => OrderCancelled({ ...of(version), status: 'cancelled', reason: 'buyer' }),
  };
};

const codeOf = (answer: { status: number; body: { errors: { code: string }[] } }) =>
  `${answer.status} ${answer.body.errors[0]?.code}`;

describe('an account with paid tickets', () => {
  test('is deleted only by an owner who accepts their loss', async () => {
    const ada = await aBuyer();
    const orders = [order(ada.id), order(ada.id)];
    for (const { completed } of orders) await auth.publish(completed());
    const ids = orders.map(({ id }) => id).toReversed();
    await eventually(async () => expect(await ada.paidOrders()).toEqual(ids));

    const refused = await ada.remove();
    expect(codeOf(refused)).toBe('409 has-paid-tickets');
    expect(refused.body.errors).toMatchObject([{ paidTickets: 2 }]);
    expect(codeOf(await ada.remove({ acceptLossOfTickets: false }))).toBe('409 has-paid-tickets');
    expect(codeOf(await ada.remove({ password: 'wrong horse' }))).toBe('403 wrong-password');
    expect(codeOf(await ada.remove({ acceptLossOfTickets: 'yes' }))).toBe('400 invalid-input');
    expect(auth.eventsOf('user:deleted', ada.id)).toEqual([]);
    await ada.remove({ acceptLossOfTickets: true }).expect(204);
  });

  test.each(['refunded', 'cancelled'] as const)(
    'has none any more after its order was %s, in any order of the events',
    async (end) => {
      for (const isInOrder of [true, false]) {
        const ada = await aBuyer();
        const one = order(ada.id);
        const events = [one.completed(), one[end]()];
        for (const event of isInOrder ? events : events.toReversed()) await auth.publish(event);
        await eventually(async () =>
          expect(await auth.ctx.paidOrders.find(one.id)).toMatchObject({
            version: 2,
            endedAt: expect.any(Date),
          }),
        );
        // A marker behind the others: when it has arrived, they have been handled.
        const marker = order(ada.id);
        await auth.publish(marker.completed());
        await eventually(async () => expect(await ada.paidOrders()).toEqual([marker.id]));
      }
    },
  );

  test('keeps nothing of orders that were never paid', async () => {
    const ada = await aBuyer();
    const [unpaid, paid] = [order(ada.id), order(ada.id)];
    await auth.publish(unpaid.cancelled(1));
    await auth.publish(paid.completed());
    await eventually(async () => expect(await ada.paidOrders()).toEqual([paid.id]));
    expect(await auth.ctx.paidOrders.find(unpaid.id)).toBeUndefined();
    expect(codeOf(await ada.remove())).toBe('409 has-paid-tickets');
  });

  test('is not confused by tickets of others', async () => {
    const [ada, eve] = [await aBuyer(), await aBuyer()];
    await auth.publish(order(eve.id).completed());
    await eventually(async () => expect(await eve.paidOrders()).toHaveLength(1));
    await ada.remove().expect(204);
  });
});
