// Declined cards are limited per account and per network, across all processes.

import { already, refuse } from '@ticketing/common/decision';
import { hashOf } from '@ticketing/common/documents';
import { DependencyDown } from '@ticketing/common/errors';
import { aUser, eventually, startForTest, type TestUser } from '@ticketing/common/testing';
import { service } from './service.js';
import { startPayments, type Payments } from './testing/start.js';

const perAccount = 10;
const perAddress = 5;
let payments: Payments;
let clock = Date.now();

beforeAll(async () => {
  const limits = { DECLINES_PER_ACCOUNT: `${perAccount}`, DECLINES_PER_ADDRESS: `${perAddress}` };
  const quick = { SETTLE_SWEEP_MS: '100', SETTLE_AFTER_MS: '400' };
  payments = await startPayments({ ...limits, ...quick, TRUST_PROXY: '1' }, () => new Date(clock));
});
afterEach(async () => {
  jest.restoreAllMocks();
  payments.answerWithin();
  await payments.network.inject({ mode: 'ok' });
});
afterAll(() => payments.stop());

const declined = 'tok_chargeDeclined';
const later = (seconds: number) => {
  clock += seconds * 1_000;
};
const times = <T>(count: number, make: () => T) => Array.from({ length: count }, make);
const repeat = async (count: number, one: () => PromiseLike<unknown>) => {
  for (let done = 0; done < count; done += 1) await one();
};

let hosts = 0;
const anAddress = () => `10.1.${(hosts += 1) >> 8}.${hosts & 255}`;
// An order that stays open however far a test moves the clock.
const anOrder = (user: TestUser) =>
  payments.anOrder({ user, seconds: 100_000 + (clock - Date.now()) / 1_000 });
const ordersOf = (user: TestUser, count: number) => Promise.all(times(count, () => anOrder(user)));
const pay = (orderId: string, token: string, user: TestUser, address = anAddress()) =>
  payments.pay(orderId, token, user).set('X-Forwarded-For', address);
/** Pays a new order of the user. */
const buy = async (token: string, user: TestUser, address?: string) =>
  pay((await anOrder(user)).id, token, user, address);
const decline = async (user: TestUser, address?: string) =>
  expect((await buy(declined, user, address)).status).toBe(402);
const statusesOf = async (requests: PromiseLike<{ status: number }>[]) =>
  (await Promise.all(requests)).map(({ status }) => status).sort((a, b) => a - b);
const attemptsOn = async (orders: readonly { id: string }[]) => {
  const ledgers = await Promise.all(orders.map(({ id }) => payments.network.ledger(id)));
  return ledgers.flat().reduce((sum, { attempts }) => sum + attempts, 0);
};

/** Expects a refusal that has not reached the card network. Returns the seconds to wait. */
async function refused(user: TestUser, address?: string): Promise<number> {
  const order = await anOrder(user);
  const answer = await pay(order.id, 'tok_visa', user, address);
  expect([answer.status, answer.body.errors?.[0]?.code]).toEqual([429, 'too-many-declines']);
  expect(await attemptsOn([order])).toBe(0);
  return Number(answer.headers['retry-after']);
}

async function countAt(key: string): Promise<number> {
  const found = await payments.ctx.declineLimits.failures.model.findById(hashOf(key)).lean();
  return found?.failures.length ?? 0;
}
const countOf = ({ id }: TestUser) => countAt(`account ${id}`);
const becomesCount = (count: () => Promise<number>, expected: number) =>
  eventually(async () => expect(await count()).toBe(expected), 15_000);

describe('declined cards of one account', () => {
  test('delay the next attempt, on any order and from any address, twice as long each time', async () => {
    const user = aUser();
    await repeat(perAccount, () => decline(user));
    for (const delay of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]) {
      expect(await refused(user)).toBe(delay);
      later(delay);
      await decline(user);
    }
    expect(await refused(user)).toBe(900);
    expect((await buy('tok_visa', aUser())).status).toBe(201);
  });

  test('expire after an hour', async () => {
    const user = aUser();
    await repeat(perAccount, () => decline(user));
    await refused(user);
    later(3_600);
    await repeat(perAccount, () => decline(user));
    expect(await refused(user)).toBe(1);
  });

  test('never exceed the limit, with 100 orders paid at once', async () => {
    const user = aUser();
    const orders = await ordersOf(user, 100);
    const statuses = await statusesOf(orders.map(({ id }) => pay(id, declined, user)));
    expect(statuses).toEqual([...Array(perAccount).fill(402), ...Array(100 - perAccount).fill(429)]);
    expect(await attemptsOn(orders)).toBe(perAccount);
    await becomesCount(() => countOf(user), perAccount);
  });

  test('exceed the limit if they count after the decline (the control of the test above)', async () => {
    const { failures } = payments.ctx.declineLimits;
    const user = aUser();
    const rule = {
      free: perAccount,
      delaysSeconds: [900],
      rememberedSeconds: 3_600,
      each: 'subject',
    } as const;
    jest.spyOn(payments.ctx.declineLimits, 'count').mockImplementation(async ({ id }) => {
      const subject = { key: `naive ${user.id}`, of: id, rule };
      if ((await failures.read(subject)).isLimited)
        return refuse('too-many-declines', { retryAfterSeconds: 1 });
      return already({
        undo: () => Promise.resolve(),
        follow: (settlement) => void settlement.then(() => failures.add(subject)),
      });
    });
    const orders = await ordersOf(user, 50);
    const statuses = await statusesOf(orders.map(({ id }) => pay(id, declined, user)));
    expect(statuses.filter((status) => status === 402).length).toBeGreaterThan(perAccount);
  });

  test('are counted again after the database refused to store an attempt', async () => {
    const user = aUser();
    const change = jest
      .spyOn(payments.ctx.payments, 'change')
      .mockRejectedValue(new DependencyDown('mongodb'));
    const add = jest.spyOn(payments.ctx.declineLimits.failures, 'add');
    add.mockRejectedValue(new DependencyDown('mongodb'));
    for (let tries = 0; tries < 3; tries += 1) expect((await buy(declined, user)).status).toBe(503);
    change.mockRestore();
    add.mockRestore();
    expect((await buy('tok_visa', user)).status).toBe(201);
    expect(await countOf(user)).toBe(0);
  });

  test('are counted across all processes', async () => {
    const other = await startForTest(service, payments.env, { now: () => new Date(clock) });
    try {
      const user = aUser();
      await decline(user);
      await becomesCount(() => countOf(user), 1);
      const orders = await ordersOf(user, 30);
      const elsewhere = (orderId: string) =>
        other.request.post('/api/payments').set('Cookie', user.cookie).send({ orderId, token: declined });
      const requests = orders.map(({ id }, index) => (index % 2 ? elsewhere(id) : pay(id, declined, user)));
      expect(await statusesOf(requests)).toEqual([
        ...Array(perAccount - 1).fill(402),
        ...Array(31 - perAccount).fill(429),
      ]);
    } finally {
      await other.stop();
    }
  });

  test('count once for requests that begin the same attempt', async () => {
    const user = aUser();
    const { id } = await anOrder(user);
    await payments.network.inject({ mode: 'ok', match: 'confirm', latencyMs: 300, calls: 1 });
    const statuses = await statusesOf(times(30, () => pay(id, 'pm_card_visa', user)));
    expect(statuses).not.toContain(429);
  });

  test('count each attempt, although another request begins one in between', async () => {
    const user = aUser();
    const { id } = await anOrder(user);
    const { count } = payments.ctx.declineLimits;
    jest.spyOn(payments.ctx.declineLimits, 'count').mockImplementationOnce(async (attempt, address) => {
      const counted = await count(attempt, address);
      await pay(id, declined, user).expect(402);
      return counted;
    });
    await pay(id, declined, user).expect(402);
    await becomesCount(() => countOf(user), 2);
  });

  test('count if the decline arrives after the answer 202', async () => {
    const user = aUser();
    payments.answerWithin(100);
    await payments.network.inject({ mode: 'ok', match: 'confirm', latencyMs: 2_500 });
    const orders = await ordersOf(user, perAccount);
    const requests = orders.map(({ id }) => pay(id, declined, user));
    expect(await statusesOf(requests)).toEqual(Array(perAccount).fill(202));
    await refused(user);
    for (const { id } of orders) await payments.becomes(id, 'declined');
    expect(await countOf(user)).toBe(perAccount);
  });

  test('count if a sweep finds the decline that an outage hid', async () => {
    const user = aUser();
    await payments.network.inject({ mode: 'down', match: 'confirm', when: 'after' });
    const { id } = await anOrder(user);
    await pay(id, declined, user).expect(202);
    await payments.network.inject({ mode: 'ok' });
    later(1);
    await becomesCount(() => countOf(user), 1);
    expect((await payments.ctx.payments.get(id)).status).toBe('declined');
  });
});

describe('a payment that is not declined does not count', () => {
  test('when it succeeds', async () => {
    const [user, address] = [aUser(), anAddress()];
    await repeat(perAccount + 5, async () => expect((await buy('tok_visa', user, address)).status).toBe(201));
    await becomesCount(() => countOf(user), 0);
    expect(await countAt(`network ${address}`)).toBe(0);
  });

  test('when a sweep finds that it succeeded', async () => {
    const user = aUser();
    await decline(user);
    const { id } = await anOrder(user);
    await payments.network.inject({ mode: 'down', match: 'confirm', when: 'after' });
    await pay(id, 'pm_card_visa', user).expect(202);
    expect(await countOf(user)).toBe(2);
    await payments.network.inject({ mode: 'ok' });
    later(1);
    await payments.becomes(id, 'succeeded');
    await becomesCount(() => countOf(user), 1);
  });

  test('when the bank asks for approval', async () => {
    const user = aUser();
    await decline(user);
    expect((await buy('tok_threeDSecure2Required', user)).body.status).toBe('requires-action');
    await becomesCount(() => countOf(user), 1);
  });

  test('when the request is refused before an attempt', async () => {
    const user = aUser();
    const { id, cancel } = await anOrder(user);
    await cancel();
    await payments.becomes(id, 'void');
    await repeat(perAccount + 1, () => pay(id, declined, user).expect(409));
    expect(await countOf(user)).toBe(0);
  });
});

describe('declined cards of many accounts at one address', () => {
  const testCards = async (address: string) => {
    await repeat(perAddress, () => decline(aUser(), address));
    await becomesCount(() => countAt(`network ${address}`), perAddress);
  };

  test('delay further accounts there, a few seconds at most', async () => {
    const [address, elsewhere] = [anAddress(), anAddress()];
    await testCards(address);
    for (const delay of [1, 2, 4, 4, 4]) {
      expect(await refused(aUser(), address)).toBe(delay);
      later(delay);
      await decline(aUser(), address);
    }
    expect((await buy('tok_visa', aUser(), elsewhere)).status).toBe(201);
  });

  test('pass one at a time then, however many arrive at once', async () => {
    const address = anAddress();
    await testCards(address);
    const orders = await Promise.all(times(30, () => anOrder(aUser())));
    later(1);
    const statuses = await statusesOf(orders.map(({ id, user }) => pay(id, declined, user, address)));
    expect(statuses).toEqual([402, ...Array(29).fill(429)]);
    expect(await attemptsOn(orders)).toBe(1);
  });

  test('do not use up the attempts of delayed accounts', async () => {
    const [user, address] = [aUser(), anAddress()];
    await testCards(address);
    await repeat(perAccount + 1, () => refused(user, address));
    expect(await countOf(user)).toBe(0);
  });

  test('let an honest buyer pay a few seconds after the last decline', async () => {
    const address = anAddress();
    await testCards(address);
    const buyer = aUser();
    later(await refused(buyer, address));
    await repeat(5, async () => expect((await buy('tok_visa', buyer, address)).status).toBe(201));
  });

  test('are forgotten for an account that pays in the end', async () => {
    const address = anAddress();
    await repeat(perAddress + 3, async () => {
      const user = aUser();
      await decline(user, address);
      await becomesCount(() => countAt(`network ${address}`), 1);
      expect((await buy('tok_visa', user, address)).status).toBe(201);
      await becomesCount(() => countAt(`network ${address}`), 0);
    });
  });

  test('are not counted for a crowd that pays successfully at the same time', async () => {
    const address = anAddress();
    await payments.network.inject({ mode: 'ok', match: 'confirm', latencyMs: 300 });
    const crowd = await Promise.all(times(40, () => anOrder(aUser())));
    const statuses = await statusesOf(crowd.map(({ id, user }) => pay(id, 'tok_visa', user, address)));
    expect(statuses).toEqual(Array(40).fill(201));
  });
});

test('the record of declined cards contains no account or address in clear text, and MongoDB deletes it in time', async () => {
  const [user, address] = [aUser(), anAddress()];
  await decline(user, address);
  await becomesCount(() => countAt(`network ${address}`), 1);
  const { model } = payments.ctx.declineLimits.failures;
  const kept = JSON.stringify(await model.find().lean());
  expect(kept).not.toContain(user.id);
  expect(kept).not.toContain(address);
  expect(await model.collection.indexes()).toContainEqual(
    expect.objectContaining({ key: { forgetAt: 1 }, expireAfterSeconds: 0 }),
  );
});
