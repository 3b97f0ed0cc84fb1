// The promise: no hoarding, beyond the limit of one buyer (place-order.service.test.ts).

import { aUser, eventually, startForTest, type TestUser } from '@ticketing/common/testing';
import { service } from '../service.js';
import { clientOf, paymentFor, refundOf, startOrders, type Orders } from '../testing/start.js';

const tries = 15;

let orders: Orders;
/** Another process of the service. */
let second: Orders;
/** Milliseconds by which the clock of the service is ahead. */
let ahead = 0;
/** the time at which that clock stands still */
let stopped: number | undefined;

beforeAll(async () => {
  const time = () => stopped ?? Date.now();
  orders = await startOrders(() => ahead, time);
  second = await startForTest(service, orders.env, { now: () => new Date(time() + ahead) });
});
afterEach(() => {
  ahead = 0;
  stopped = undefined;
});
afterAll(async () => {
  await second.stop();
  await orders.stop();
});

const { aTicket, aFreeTicket, place, cancel, anOrder, becomes } = clientOf(() => orders);
const other = clientOf(() => second);
const codeOf = ({ status, body }: { status: number; body: { errors?: { code: string }[] } }) =>
  `${status} ${body.errors?.[0]?.code ?? ''}`.trim();

/** Orders a ticket and cancels the order, again and again. Returns the answers to the orders. */
async function takeAgainAndAgain(user: TestUser, ticketId: string): Promise<string[]> {
  const answers: string[] = [];
  for (let count = 0; count < tries; count += 1) {
    const answer = await place(ticketId, user);
    answers.push(codeOf(answer));
    if (answer.status === 201) await cancel(answer.body.id, user).expect(204);
  }
  return answers;
}

describe('a buyer who takes the same ticket again and again', () => {
  const refused = Array.from({ length: tries - 2 }, () => '429 ticket-cool-down');

  test('may come back once at once, and then has to wait: ticket-cool-down', async () => {
    const [user, ticketId] = [aUser(), await aTicket()];
    stopped = Date.now();
    expect(await takeAgainAndAgain(user, ticketId)).toEqual(['201', '201', ...refused]);
    const answer = await place(ticketId, user).expect(429);
    expect(answer.get('Retry-After')).toBe('57');
    await anOrder(user);

    ahead = 57_000;
    const { body } = await place(ticketId, user).expect(201);
    await cancel(body.id, user).expect(204);
    const longer = await place(ticketId, user).expect(429);
    expect(longer.get('Retry-After')).toBe('113');
    await anOrder(aUser(), ticketId);
  });

  test('gets it every time without the unique index (the control of the tests around)', async () => {
    await orders.ctx.orders.model.collection.dropIndex('one-order-per-number');
    try {
      const answers = await takeAgainAndAgain(aUser(), await aTicket());
      expect(answers).toEqual(Array.from({ length: tries }, () => '201'));
    } finally {
      await orders.ctx.orders.model.deleteMany({});
      await orders.ctx.orders.model.createIndexes();
    }
  });

  test('gains nothing by two processes, nor by cancelling and ordering at the same instant', async () => {
    stopped = Date.now();
    const hoard = async () => {
      const [user, ticketId] = [aUser(), await aTicket()];
      const placed = new Set<string>();
      let held = (await place(ticketId, user).expect(201)).body.id as string;
      placed.add(held);
      for (let count = 0; count < tries; count += 1) {
        const answers = await Promise.all([
          place(ticketId, user),
          other.cancel(held, user).then(() => other.place(ticketId, user)),
          cancel(held, user).then(() => place(ticketId, user)),
        ]);
        for (const { status, body } of answers) if (status === 201) placed.add((held = body.id));
      }
      return placed.size;
    };
    expect(await Promise.all(Array.from({ length: 5 }, hoard))).toEqual([2, 2, 2, 2, 2]);
  });

  test('also waits after reservations that expired', async () => {
    const [user, ticketId] = [aUser(), await aTicket()];
    for (let count = 1; count <= 2; count += 1) {
      const order = await anOrder(user, ticketId);
      ahead += 904_000;
      await becomes({ ...order, user }, 'cancelled');
    }
    expect(codeOf(await place(ticketId, user))).toBe('429 ticket-cool-down');
  });

  test('does not wait for orders that an operator released or whose payment went back', async () => {
    const [user, ticketId] = [aUser(), await aTicket()];
    for (let count = 0; count < 3; count += 1) {
      const released = await anOrder(user, ticketId);
      expect((await orders.operate('release', released.id)).error).toBeUndefined();
    }
    for (let count = 0; count < 3; count += 1) {
      const paid = await anOrder(user, ticketId);
      await orders.publish(paymentFor(paid.id));
      await becomes(paid, 'complete');
      await orders.publish(refundOf(paid.id));
      await becomes(paid, 'refunded');
    }
    await anOrder(user, ticketId);
  });
});

describe('the unpaid orders of one network', () => {
  const limit = 30;
  let processes: readonly Orders[];
  beforeAll(async () => {
    const env = { ...orders.env, TRUST_PROXY: '1', MAX_ACTIVE_ORDERS_PER_NETWORK: `${limit}` };
    processes = [await startForTest(service, env), await startForTest(service, env)];
  });
  afterAll(async () => {
    for (const process of processes) await process.stop();
  });

  const placeFrom = async (address: string, at = 0, ticketId?: string) => {
    const [user, id] = [aUser(), ticketId ?? (await aTicket())];
    const answer = await (processes[at] as Orders).request
      .post('/api/orders')
      .set('Cookie', user.cookie)
      .set('X-Forwarded-For', address)
      .send({ ticketId: id });
    return { answer, user };
  };
  const placeMany = async (address: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, index) => placeFrom(address, index % 2)));

  test('are limited for all its accounts and by all processes: too-many-holds-at-network', async () => {
    const answers = await placeMany('192.0.2.7', 2 * limit);
    const placed = answers.filter(({ answer }) => answer.status === 201);
    // Two processes exceed the limit by one of thirty.
    expect([limit, limit + 1]).toContain(placed.length);
    const { answer } = await placeFrom('192.0.2.7');
    expect(codeOf(answer)).toBe('429 too-many-holds-at-network');
    expect(answer.get('Retry-After')).toBe('30');

    expect((await placeFrom('192.0.2.8')).answer.status).toBe(201);
    expect((await placeFrom('192.0.2.7', 0, await aFreeTicket())).answer.status).toBe(201);
  });

  test('make room as soon as one is paid, which is then no longer stored with its network', async () => {
    const answers = await placeMany('192.0.2.9', 2 * limit);
    const ids = answers.flatMap(({ answer }) => (answer.status === 201 ? [answer.body.id as string] : []));
    const [id = '', another = ''] = ids;
    const stored = () => orders.ctx.orders.model.collection.findOne({ _id: id as never });
    expect(await stored()).toMatchObject({ network: expect.not.stringContaining('192.0.2') });
    // Two: the processes may have let one order too many through.
    for (const orderId of [id, another]) await orders.publish(paymentFor(orderId));
    await eventually(async () => expect((await placeFrom('192.0.2.9')).answer.status).toBe(201));
    expect(await stored()).not.toHaveProperty('network');
  });

  test('are not limited where the limit is 0 (the control of the tests above)', async () => {
    const unlimited = await startForTest(service, { ...orders.env, MAX_ACTIVE_ORDERS_PER_NETWORK: '0' });
    try {
      for (let count = 0; count < limit + 5; count += 1) {
        const [user, ticketId] = [aUser(), await aTicket()];
        await unlimited.request.post('/api/orders').set('Cookie', user.cookie).send({ ticketId }).expect(201);
      }
    } finally {
      await unlimited.stop();
    }
  });
});
