// One mail for each event and recipient, however often and by however many processes the event is handled.

import { randomUUID } from 'node:crypto';
import { hashOf } from '@ticketing/common/documents';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { aUser, eventually, startForTest, type TestUser } from '@ticketing/common/testing';
import { notifyPaid } from './events/on-order-changed.js';
import { recordOrder } from './events/on-order-created.js';
import { service } from './service.js';
import { eventsOfOrder, mailEnv, startNotifications, type Notifications } from './testing/start.js';

let first: Notifications;
let second: Awaited<ReturnType<typeof startForTest<Notifications['ctx']>>>;
beforeAll(async () => {
  first = await startNotifications();
  second = await startForTest(service, { ...first.env, ...mailEnv(first.mailbox.url) });
});
afterAll(async () => {
  await second.stop();
  await first.stop();
});

/** The kinds of the mails that this user has got; `unknown` if the notice is forgotten. */
async function kindsTo({ id, email }: TestUser): Promise<string[]> {
  const stored = await first.ctx.notices.findMailsOf(id, 99);
  const kinds = new Map(stored.map(({ _id, kind }) => [`<${hashOf(_id)}@tickets.example.com>`, kind]));
  return first.mailbox
    .mailsTo(email)
    .map(({ headers }) => kinds.get(headers.get('message-id') ?? '') ?? 'unknown')
    .toSorted((a, b) => a.localeCompare(b));
}

/** The mails that wait although the address of their person is known. */
async function countDue(): Promise<number> {
  const known: string[] = [];
  for await (const { id } of first.ctx.people.all()) known.push(id);
  return first.ctx.notices.model.collection.countDocuments({ status: 'due', userId: { $in: known } });
}

/** Resolves when everything published before has been handled and its mails have left. */
async function allSent(): Promise<void> {
  const person = await first.aPerson();
  await first.publish(eventsOfOrder({ buyer: person }).created);
  await eventually(async () => {
    expect(first.mailbox.mailsTo(person.email)).toHaveLength(1);
    expect((await first.storage.parkedMessages.depth()).count).toBe(0);
    expect(await countDue()).toBe(0);
  }, 20_000);
}

test('an order that is placed and paid is told to its buyer and its seller', async () => {
  const [buyer, seller] = [await first.aPerson(), await first.aPerson()];
  const order = eventsOfOrder({ buyer, seller });
  await first.publish(order.created);
  await first.publish(order.completed);
  await eventually(async () => {
    expect(await kindsTo(buyer)).toEqual(['order-paid', 'order-placed']);
    expect(await kindsTo(seller)).toEqual(['seller-sold']);
  });
});

test('duplicates and replays of events make no second mail in two processes', async () => {
  const buyers = await Promise.all(Array.from({ length: 10 }, () => first.aPerson()));
  const orders = buyers.map((buyer) => eventsOfOrder({ buyer }));
  for (let times = 0; times < 3; times += 1)
    await Promise.all(
      orders.flatMap(({ created, completed }) => [
        first.publish(created, { repeat: true }),
        first.publish(completed, { repeat: true }),
      ]),
    );
  await allSent();
  for (const buyer of buyers)
    await eventually(async () => expect(await kindsTo(buyer)).toEqual(['order-paid', 'order-placed']));
});

test('events in the opposite order make the same mails', async () => {
  const buyer = await first.aPerson();
  const order = eventsOfOrder({ buyer });
  await first.publish(order.completed);
  await first.publish(order.created);
  await eventually(async () => expect(await kindsTo(buyer)).toEqual(['order-paid', 'order-placed']));
});

test('a replay after the notices are forgotten tells nobody again', async () => {
  const buyer = await first.aPerson();
  const order = eventsOfOrder({ buyer });
  await first.publish(order.created);
  await eventually(async () => expect(await kindsTo(buyer)).toHaveLength(1));
  await eventually(async () => expect((await first.ctx.orders.find(order.id))?.told).toEqual(['placed']));
  await first.ctx.notices.removeOf(buyer.id);
  await first.publish(order.created, { repeat: true });
  await allSent();
  expect(await kindsTo(buyer)).toHaveLength(1);
});

test('a process whose copy of an old order is out of date repeats nothing after the notices are forgotten', async () => {
  const buyer = await first.aPerson();
  // An id begins with the seconds of its creation; notices are stored for 30 days.
  const longAgo = Math.floor(Date.now() / 1_000) - 31 * 24 * 3_600;
  const order = eventsOfOrder({ buyer, id: `${longAgo.toString(16)}${newId().slice(8)}` });
  const handleIn = async ({ ctx }: Pick<Notifications, 'ctx'>) => {
    const incoming = { data: order.completed.data, id: 'e', time: new Date(), cause: jobCause('test') };
    return notifyPaid(ctx)(incoming as never);
  };
  await first.publish(order.created);
  await eventually(async () => expect((await second.ctx.orders.find(order.id))?.told).toEqual(['placed']));
  await handleIn(first);
  expect(second.ctx.orders.recent(order.id)?.told).toEqual(['placed']);
  await first.ctx.notices.removeOf(buyer.id);

  expect((await handleIn(second)).outcome).toBe('already');
  expect(await first.ctx.notices.findMailsOf(buyer.id, 9)).toEqual([]);
});

describe('two handlers of one event at the same moment', () => {
  /** Lets two processes handle an order:created at once, and returns the number of mails. */
  async function handleTwice(asStored: (event: string) => string): Promise<number> {
    const buyer = await first.aPerson();
    const { created } = eventsOfOrder({ buyer });
    const handleIn = ({ ctx }: Pick<Notifications, 'ctx'>) => {
      const notify: typeof ctx.notify = (found) =>
        ctx.notify(found.map((notice) => ({ ...notice, event: asStored(notice.event) })));
      const incoming = { data: created.data, id: 'e', time: new Date(), cause: jobCause('test') };
      return recordOrder({ ...ctx, notify })(incoming as never);
    };
    await Promise.all([handleIn(first), handleIn(second)]);
    await allSent();
    return (await kindsTo(buyer)).length;
  }

  test('send one mail', async () => {
    expect(await handleTwice((event) => event)).toBe(1);
  });

  test('control: send two if the id of a notice is not that of its event', async () => {
    expect(await handleTwice((event) => `${event}/${randomUUID()}`)).toBe(2);
  });
});

test('a mail to a person whose profile comes late leaves when it is known', async () => {
  const buyer = aUser();
  await first.publish(eventsOfOrder({ buyer }).created);
  await eventually(async () => expect(await first.ctx.notices.findMailsOf(buyer.id, 9)).toHaveLength(1));
  await first.updated(buyer, 5, { locale: 'de', name: 'Ada' });
  await eventually(() => expect(first.mailbox.mailsTo(buyer.email)).toHaveLength(1));
});

describe('a refund', () => {
  const refund = (id: string, amount: string, status: 'pending' | 'succeeded' | 'failed' = 'succeeded') => ({
    ...{ id, amount, status, by: 'seller' as const, reason: 'refund' },
  });

  test('is told once for each refund, whatever events carry it', async () => {
    const [buyer, seller] = [await first.aPerson(), await first.aPerson()];
    const order = eventsOfOrder({ buyer, seller });
    await first.publish(order.created);
    await first.publish(order.refunds([refund('rf-1', '5.00')]));
    await first.publish(order.refunds([refund('rf-1', '5.00'), refund('rf-2', '6.00', 'failed')], 5));
    await first.publish(order.wholeRefund('refund', [refund('rf-1', '5.00'), refund('rf-3', '34.98')]));
    await first.publish(order.wholeRefund('refund', [refund('rf-1', '5.00'), refund('rf-3', '34.98')]), {
      repeat: true,
    });
    await eventually(async () => expect(await kindsTo(seller)).toHaveLength(2));
    await allSent();
    expect(await kindsTo(seller)).toEqual(['seller-refunded', 'seller-refunded']);
    await eventually(async () =>
      expect(await kindsTo(buyer)).toEqual(['order-placed', 'order-refunded', 'order-refunded']),
    );
  });

  test('of a lost dispute is told, although no refund names it', async () => {
    const buyer = await first.aPerson();
    const order = eventsOfOrder({ buyer });
    await first.publish(order.created);
    await first.publish(order.wholeRefund('dispute-lost', []));
    await eventually(async () => expect(await kindsTo(buyer)).toContain('order-refunded'));
  });
});

test('an order of which the bus has no order:created any more is refused, and no dead letter', async () => {
  const old = `${Math.floor(Date.now() / 1_000 - 30 * 86_400).toString(16)}${'0'.repeat(16)}`;
  await first.publish(eventsOfOrder({ id: old }).completed);
  await allSent();
  expect(await first.storage.parkedMessages.depth()).toMatchObject({ count: 0 });
  expect(await first.storage.deadLetters.count()).toBe(0);
});
