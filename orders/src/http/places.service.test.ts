// The promises: one holder per place, and no unsold place.

import { TicketUpdated } from '@ticketing/common/events';
import { aUser, driver, eventually, startForTest } from '@ticketing/common/testing';
import { service } from '../service.js';
import { clientOf, startOrders, ticketData, type Orders } from '../testing/start.js';

let orders: Orders;
/** Another process of the service. */
let second: Orders;
/** Milliseconds by which the clock of the service is ahead. */
let ahead = 0;

beforeAll(async () => {
  orders = await startOrders(() => ahead);
  second = await startForTest(service, orders.env);
});
afterEach(() => {
  ahead = 0;
});
afterAll(async () => {
  await second.stop();
  await orders.stop();
});

const client = clientOf(() => orders);
const { aTicket, place, placeCart, cancel } = client;
const processes = [client, clientOf(() => second)] as const;

type Answer = Readonly<{
  status: number;
  body: { id: string; items: { ticket: { id: string }; places: number[] }[]; errors: { code: string }[] };
}>;
const isPlaced = ({ status }: Answer) => status === 201;
const codeOf = ({ status, body }: Answer) => `${status} ${body.errors?.[0]?.code ?? ''}`.trim();
const placesIn = (answers: readonly Answer[], ticketId?: string) =>
  answers
    .filter(isPlaced)
    .flatMap(({ body }) => body.items)
    .filter(({ ticket }) => ticketId === undefined || ticket.id === ticketId)
    .flatMap(({ places }) => places)
    .sort((a, b) => a - b);
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** `buyers` different users order `quantity` places each at one instant, half of them at each process. */
async function rush(ticketId: string, buyers: number, quantity = 1): Promise<Answer[]> {
  const users = numbers(buyers).map(() => aUser());
  return Promise.all(
    users.map((user, index) => processes[index % 2 === 0 ? 0 : 1].place(ticketId, user, { quantity })),
  );
}

describe('of three hundred buyers who order places of one ticket of fifty at once, by two processes', () => {
  const ticketOfFifty = () => aTicket({ quantity: 50 });

  test('exactly fifty get one place each, and no place twice; all others are told that none is left', async () => {
    const answers = await rush(await ticketOfFifty(), 300);
    expect(placesIn(answers)).toEqual(numbers(50));
    const refused = answers.filter((answer) => !isPlaced(answer));
    expect(new Set(refused.map(codeOf))).toEqual(new Set(['409 ticket-reserved']));
    expect(refused[0]?.body.errors[0]).toMatchObject({ available: 0 });
  });

  test('some get the same place without the unique index (the control of the test above)', async () => {
    await orders.ctx.orders.model.collection.dropIndex('one-holder-per-place');
    try {
      const places = placesIn(await rush(await ticketOfFifty(), 300));
      expect(places.length).toBeGreaterThan(new Set(places).size);
    } finally {
      await orders.ctx.orders.model.deleteMany({});
      await orders.ctx.orders.model.createIndexes();
    }
  });
});

test('orders of three places leave only what is too little for one more, whose size the refusal tells', async () => {
  const ticketId = await aTicket({ quantity: 50 });
  const answers = await rush(ticketId, 60, 3);
  const places = placesIn(answers);
  expect([places.length, new Set(places).size]).toEqual([48, 48]);
  const refused = await place(ticketId, aUser(), { quantity: 3 }).expect(409);
  expect(refused.body.errors).toEqual([
    { code: 'ticket-reserved', message: expect.any(String), ticketId, available: 2 },
  ]);
  expect((await place(ticketId, aUser(), { quantity: 2 }).expect(201)).body.total).toBe('39.98');
});

test('places that are freed by another process are sold again', async () => {
  const ticketId = await aTicket({ quantity: 3 });
  const held = await Promise.all(
    numbers(3).map(async () => {
      const user = aUser();
      return { user, id: (await place(ticketId, user).expect(201)).body.id as string };
    }),
  );
  await place(ticketId, aUser()).expect(409);
  for (const { id, user } of held) await processes[1].cancel(id, user).expect(204);
  expect(placesIn(await rush(ticketId, 3))).toEqual([0, 1, 2]);
});

test('an order that expires frees all its places at once', async () => {
  const ticketId = await aTicket({ quantity: 4 });
  const user = aUser();
  const { body } = await place(ticketId, user, { quantity: 4 }).expect(201);
  ahead = 904_000;
  await client.becomes({ id: body.id, user }, 'cancelled');
  expect((await place(ticketId, aUser(), { quantity: 4 }).expect(201)).body.items[0].places).toEqual(
    numbers(4),
  );
});

test('low places are sold first, so that few are needed for many orders that come and go', async () => {
  const ticketId = await aTicket({ quantity: 1_000 });
  for (let round = 0; round < 10; round += 1) {
    const users = numbers(10).map(() => aUser());
    const answers = await Promise.all(users.map((user) => place(ticketId, user)));
    expect(Math.max(...placesIn(answers))).toBeLessThan(30);
    await Promise.all(users.map((user, index) => cancel(answers[index]?.body.id, user).expect(204)));
  }
});

test('a ticket whose seller has lowered the number of its places sells only those', async () => {
  const seller = aUser();
  const ticketId = await aTicket({ quantity: 50, userId: seller.id });
  const high = await place(ticketId, aUser(), { quantity: 10 }).expect(201);
  const lowered = ticketData(ticketId, 1, { userId: seller.id, quantity: 12, available: 2 });
  await orders.publish(TicketUpdated(lowered));
  for (const process of [orders, second])
    await eventually(async () => expect((await process.ctx.tickets.get(ticketId)).quantity).toBe(12));
  const answers = await rush(ticketId, 10);
  expect([...high.body.items[0].places, ...placesIn(answers)].toSorted((a, b) => a - b)).toEqual(numbers(12));
});

describe('carts that overlap', () => {
  test('are held whole or not at all, whatever the sequence of their tickets, and none waits for another', async () => {
    const seller = aUser();
    const tickets = await Promise.all(
      [1, 1, 3, 5].map((quantity) => aTicket({ quantity, userId: seller.id })),
    );
    const [a, b, c, d] = tickets.map((ticketId) => ({ ticketId }));
    const carts = [
      [a, b],
      [b, a],
      [b, c],
      [c, b],
      [c, d, a],
      [a, d, c],
      [d, c],
      [d, b],
      [b, d, a],
      [c, a],
    ];
    const answers = await Promise.all(
      numbers(60).map((index) =>
        processes[index % 2 === 0 ? 0 : 1].placeCart({ items: carts[index % carts.length] }, aUser()),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]));
    for (const [index, quantity] of [1, 1, 3, 5].entries()) {
      const places = placesIn(answers, tickets[index]);
      expect(places).toHaveLength(new Set(places).size);
      expect(Math.max(...places)).toBeLessThan(quantity);
    }
    // A refused order holds nothing: the free places of each ticket can be bought.
    for (const [index, quantity] of [1, 1, 3, 5].entries()) {
      const left = quantity - placesIn(answers, tickets[index]).length;
      if (left > 0) await place(tickets[index], aUser(), { quantity: left }).expect(201);
      await place(tickets[index], aUser()).expect(409);
    }
  });

  test('in one place are refused whole, and tell what is left', async () => {
    const seller = aUser();
    const [taken, free] = [
      await aTicket({ userId: seller.id }),
      await aTicket({ userId: seller.id, quantity: 2 }),
    ];
    await place(taken, aUser()).expect(201);
    const items = [{ ticketId: free, quantity: 2 }, { ticketId: taken }];
    const { body } = await placeCart({ items }, aUser()).expect(409);
    expect(body.errors[0]).toMatchObject({ code: 'ticket-reserved', ticketId: taken, available: 0 });
    await place(free, aUser(), { quantity: 2 }).expect(201);
  });
});

describe('the same buyer who asks for the same items', () => {
  test('gets the same order while it is open, whatever the sequence, and another one for other items', async () => {
    const [user, seller] = [aUser(), aUser()];
    const [a, b] = [
      await aTicket({ quantity: 9, userId: seller.id }),
      await aTicket({ quantity: 9, userId: seller.id }),
    ];
    const items = [{ ticketId: a, quantity: 2 }, { ticketId: b }];
    const first = await placeCart({ items }, user).expect(201);
    expect((await placeCart({ items }, user).expect(200)).body).toEqual(first.body);
    const shuffled = [{ ticketId: b }, { ticketId: a }, { ticketId: a }];
    expect((await processes[1].placeCart({ items: shuffled }, user).expect(200)).body).toEqual(first.body);
    const more = await place(a, user, { quantity: 3 }).expect(201);
    expect(more.body.id).not.toBe(first.body.id);
    await cancel(first.body.id, user).expect(204);
    expect((await placeCart({ items }, user).expect(201)).body.id).not.toBe(first.body.id);
  });

  test('gets it also when no place is left', async () => {
    const [user, ticketId] = [aUser(), await aTicket({ quantity: 2 })];
    const first = await place(ticketId, user, { quantity: 2 }).expect(201);
    expect((await place(ticketId, user, { quantity: 2 }).expect(200)).body).toEqual(first.body);
    await place(ticketId, user).expect(409);
  });

  test('at one instant by two processes holds one order', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [user, ticketId] = [aUser(), await aTicket({ quantity: 20 })];
      const answers: Answer[] = await Promise.all(
        numbers(8).map((index) => processes[index % 2 === 0 ? 0 : 1].place(ticketId, user, { quantity: 2 })),
      );
      expect(answers.filter(isPlaced)).toHaveLength(1);
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    }
  });
});

describe('the limits against hoarding', () => {
  test('count places: a buyer holds twenty of one seller', async () => {
    const [user, seller] = [aUser(), aUser()];
    const ticketId = await aTicket({ quantity: 100, userId: seller.id });
    for (const quantity of [9, 8]) await place(ticketId, user, { quantity }).expect(201);
    const { body } = await place(ticketId, user, { quantity: 4 }).expect(409);
    expect(body.errors[0].code).toBe('too-many-holds');
    await place(ticketId, user, { quantity: 3 }).expect(201);
    await place(await aTicket({ quantity: 9 }), user, { quantity: 4 }).expect(201);
  });

  test('let a buyer who gives up places of a ticket wait for it, alone or in a cart', async () => {
    const [user, seller] = [aUser(), aUser()];
    const [a, b] = [
      await aTicket({ quantity: 9, userId: seller.id }),
      await aTicket({ quantity: 9, userId: seller.id }),
    ];
    for (const quantity of [1, 2])
      await cancel((await place(a, user, { quantity }).expect(201)).body.id, user).expect(204);
    expect(codeOf(await place(a, user, { quantity: 3 }))).toBe('429 ticket-cool-down');
    expect(codeOf(await placeCart({ items: [{ ticketId: b }, { ticketId: a }] }, user))).toBe(
      '429 ticket-cool-down',
    );
    await place(b, user).expect(201);
  });
});

test('a ticket of one place is ordered with one write, and refused with one read more', async () => {
  const commands: string[] = [];
  const env = { ...orders.env, OVERDUE_SWEEP_MS: '600000' };
  const watched = await startForTest(service, env, {
    driver: { ...(driver as object), monitorCommands: true },
  });
  try {
    const ticketId = await aTicket();
    const user = aUser();
    const isAboutThem = (command: object) =>
      [ticketId, user.id].some((id) => JSON.stringify(command).includes(id));
    const { model } = watched.ctx.orders;
    model.db.getClient().on('commandStarted', ({ commandName, command }) => {
      if (command[commandName] === 'orders' && isAboutThem(command)) commands.push(commandName);
    });
    const ask = (by = user) =>
      watched.request.post('/api/orders').set('Cookie', by.cookie).send({ ticketId });
    await ask().expect(201);
    expect(commands).toEqual(['insert']);
    commands.length = 0;
    await ask(aUser()).expect(409);
    await ask().expect(200);
    expect(commands).toEqual(['insert', 'find', 'insert', 'find']);
  } finally {
    await watched.stop();
  }
});
