// Buyers buy while notifications is killed and the bus is away. The mail server is away or slow, dies between accepting a
// mail and answering, and refuses one address. Each mail arrives. It arrives twice only if the answer to the first was lost.

import { setTimeout as delay } from 'node:timers/promises';
import { hashOf } from '@ticketing/common/documents';
import { failPoints } from '@ticketing/common/fail-points';
import { rate } from '../../bench/client.js';
import type { Random } from '../random.js';
import { verifyPromises } from '../report.js';
import { withStores, type Snapshot } from '../snapshot.js';
import { patient, startChaosSystem, type ChaosSystem } from '../system/chaos-system.js';
import { startMailServer, type MailServer } from '../system/mails.js';
import { findToldBreaches, toldPromises, type Delivery, type ExpectedMail } from '../told.js';
import { openAccounts, type Account } from '../workload/accounts.js';
import { isSuccess, openClientOf, type RecordingClient } from '../workload/recording-client.js';
import { offerMany } from './rush.js';

type Say = (line: string) => void;
type GoOn = () => boolean;
type World = Readonly<{ system: ChaosSystem; server: MailServer; client: RecordingClient; random: Random }>;
/** The seller comes first. */
type Accounts = readonly [Account, ...Account[]];
/** The disturbance while people buy, for as long as `goOn` returns true. */
type Disturb = (world: World, goOn: GoOn) => Promise<unknown>;

const refusedAddress = 'no-mailbox@example.com';
const buyers = Array.from({ length: 11 }, (_, index) => `buyer-${index}@example.com`);
const lanes = 8;
const paidWithinMs = 180_000;
const arriveWithinMs = 120_000;
const quietMs = 3_000;
const slowMs = 1_500;
// A mail may come again if its sender or the mail server died while it was on its way, or before its answer was recorded.
const limits = { recordedWithinMs: 5_000, inTransitMs: 2_000 };
const maxShown = 5;

type Size = Readonly<{ purchases: number; busAwayMs: number; serverAwayMs: number }>;

export function mail(size: Size, random: Random, say: Say): Promise<boolean> {
  return run(size.purchases, random, say, (world, goOn) => injectFaults(world, size, goOn));
}

/** Nothing fails, but notifications forgets again and again which mails it has sent. */
export function mailWithoutRecord(purchases: number, random: Random, say: Say): Promise<boolean> {
  return run(purchases, random, say, ({ system }, goOn) =>
    withStores(system, async (db) => {
      const sent = { channel: 'mail', kind: 'order-paid', status: 'sent' };
      for (; goOn(); await delay(500))
        await db('notifications')
          .collection('notices')
          .updateMany(sent, { $set: { status: 'due' } });
    }),
  );
}

async function run(purchases: number, random: Random, say: Say, disturb: Disturb): Promise<boolean> {
  const server = await startMailServer(refusedAddress);
  let buying = false;
  const failPoint = () => ({ FAIL_POINT: `${random.pick(failPoints)}:${10 + random.below(40)}` });
  const system = await startChaosSystem({
    env: { ...patient, RESERVATION_SECONDS: '3600', MAX_ACTIVE_ORDERS_PER_USER: '1000', ...mailEnv(server) },
    extra: ['auth', 'notifications'],
    startEnv: (service) => (buying && service === 'notifications' ? failPoint() : {}),
    restartAfterMs: () => random.below(500),
    say,
  }).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  const client = openClientOf(system);
  try {
    const world = { system, server, client, random };
    const emails = ['seller@example.com', refusedAddress, ...buyers];
    const accounts = (await openAccounts(system, server, emails)) as [Account, ...Account[]];
    const earlier = new Set(accepted(server).map(({ messageId }) => messageId));
    buying = true;
    const buyingOver = buyAll(world, accounts, purchases).finally(() => (buying = false));
    await Promise.all([buyingOver, disturb(world, () => buying)]);

    const { kept, snapshot } = await verifyPromises(system, client.history, say);
    const expected = expectedMails(snapshot, accounts);
    const own = () => accepted(server).filter(({ messageId }) => !earlier.has(messageId));
    await untilQuiet(expected, own);
    return (await judge(world, expected, own(), say)) && kept;
  } finally {
    await client.close();
    await system.stop();
    await server.stop();
  }
}

const mailEnv = ({ url }: MailServer) => ({
  SMTP_URL: url,
  // After this time another process sends the mails of one that died.
  MAIL_LEASE_MS: '5000',
});

export function accepted(server: MailServer): Delivery[] {
  const journal = server.journal();
  const answers = new Map(
    journal.flatMap((entry) => (entry.what === 'answered' ? [[entry.id, entry.at]] : [])),
  );
  return journal.flatMap((entry) =>
    entry.what === 'accepted' ? [{ ...entry, answeredAt: answers.get(entry.id) }] : [],
  );
}

async function buyAll(world: World, [seller, ...others]: Accounts, count: number): Promise<void> {
  const { system, client, random } = world;
  const ids = await offerMany(system, client, count, seller.id);
  await rate(count, lanes, async (index) => {
    const { id: user } = others[index % others.length] as Account;
    const { id = '' } = await client.order(user, ids[index] ?? '');
    if (random.chance(0.2)) await client.cancel(user, id);
    else await pay(client, user, id);
    await delay(random.below(2_000));
  });
}

/** Repeated until payments knows the order, which may take as long as the bus is away. */
async function pay(client: RecordingClient, user: string, orderId: string): Promise<void> {
  for (const end = Date.now() + paidWithinMs; Date.now() < end; await delay(500))
    if (isSuccess(await client.pay(user, orderId, 'tok_visa'))) return;
  throw new Error(`the order ${orderId} was not paid within ${paidWithinMs / 1_000} s`);
}

/** One fault after the other. The bus and the mail server are also away once for longer. */
async function injectFaults(world: World, { busAwayMs, serverAwayMs }: Size, goOn: GoOn): Promise<void> {
  const { system, server, random } = world;
  const busIsBack = delay(2_000).then(() => system.servers.nats.kill(() => delay(busAwayMs)));
  const serverIsBack = delay(4_000).then(() => server.kill(() => delay(serverAwayMs)));
  while (goOn()) {
    await delay(random.below(1_500));
    await random.pick(faults)(world);
  }
  await Promise.all([busIsBack, serverIsBack]);
  server.behave({});
  // A restart removes the remaining fail point.
  await system.services.notifications?.kill();
}

type Fault = (world: World) => Promise<unknown>;

const senderDies: Fault = async ({ system, random }) =>
  system.services.notifications?.kill(() => delay(random.below(1_000)));

const senderDiesInDoubt: Fault = async (world) => {
  world.server.behave({ answerAfterMs: slowMs });
  await untilNextMail(world.server);
  await senderDies(world);
  world.server.behave({});
};

const serverAway: Fault = ({ server, random }) => server.kill(() => delay(random.below(3_000)));

const serverSlow: Fault = async ({ server, random }) => {
  server.behave({ answerAfterMs: slowMs });
  await delay(random.below(3_000));
  server.behave({});
};

const serverDiesInDoubt: Fault = async ({ server }) => {
  server.behave({ dies: true });
  await untilNextMail(server);
};

const faults = [senderDies, senderDiesInDoubt, serverAway, serverSlow, serverDiesInDoubt] as const;

async function untilNextMail(server: MailServer): Promise<void> {
  const before = accepted(server).length;
  for (const end = Date.now() + 3_000; accepted(server).length === before && Date.now() < end;)
    await delay(50);
}

const seller = 0;
/** By the new status of an order: the event, and who has a mail about it. */
const mailsAbout: Readonly<Record<string, readonly [event: string, ...to: ('buyer' | 'seller')[]]>> = {
  created: ['order:created', 'buyer'],
  cancelled: ['order:cancelled', 'buyer'],
  complete: ['order:completed', 'buyer', 'seller'],
};

/** The mails about all orders, including those to the refused address. */
function expectedMails({ orders }: Snapshot, accounts: Accounts): ExpectedMail[] {
  const byId = new Map(accounts.map((account) => [account.id, account]));
  return orders.flatMap(({ _id, userId, history }) =>
    history.flatMap(({ to: status }) => {
      const [event, ...to] = mailsAbout[status] ?? ['none'];
      return to.flatMap((who) => {
        const account = who === 'seller' ? accounts[seller] : byId.get(userId);
        if (!account) return [];
        const messageId = messageIdOf(`${event}/${_id}`, account);
        return [{ to: account.email, messageId, about: `${event} of ${_id}` }];
      });
    }),
  );
}

/** `event` as in the id of the notice: `order:created/<id>`. */
export const messageIdOf = (event: string, { id }: Pick<Account, 'id'>): string =>
  `<${hashOf(`${event}|${id}|mail`)}@localhost>`;

const isDeliverable = ({ to }: ExpectedMail) => to !== refusedAddress;

/** Resolves when all mails have arrived and no further one follows, or after a while. */
async function untilQuiet(expected: readonly ExpectedMail[], deliveries: () => Delivery[]): Promise<void> {
  const areMissing = () => {
    const ids = new Set(deliveries().map(({ messageId }) => messageId));
    return expected.some((one) => isDeliverable(one) && !ids.has(one.messageId));
  };
  for (const end = Date.now() + arriveWithinMs; areMissing() && Date.now() < end;) await delay(200);
  await delay(quietMs);
}

async function judge(
  { system, server, client }: World,
  expected: readonly ExpectedMail[],
  deliveries: readonly Delivery[],
  say: Say,
): Promise<boolean> {
  const exits = system.exits.filter(({ name }) => name === 'notifications').map(({ at }) => at);
  const deaths = [...exits, ...server.deaths];
  const breaches = findToldBreaches(expected.filter(isDeliverable), deliveries, deaths, limits);
  const again = deliveries.length - new Set(deliveries.map(({ messageId }) => messageId)).size;
  const refusals = server.journal().filter(({ what }) => what === 'refused').length;
  const refusable = expected.length - expected.filter(isDeliverable).length;
  const failedOrders = client.history.filter(({ kind, status }) => kind === 'order' && status !== 201).length;
  const letters = await withStores(system, (db) =>
    db('notifications').collection('deadLetters').countDocuments(),
  );
  say(
    `${deliveries.length} mails, ${again} of them again; ${refusals} refused; notifications died ` +
      `${exits.length} times, its mail server ${server.deaths.length} times; ${failedOrders} orders refused`,
  );
  for (const promise of toldPromises) {
    const own = breaches.filter((breach) => breach.promise === promise);
    say(own.length === 0 ? `kept: ${promise}` : `BROKEN: ${promise}, ${own.length} times`);
    for (const { problem } of own.slice(0, maxShown)) say(`  ${problem}`);
  }
  if (letters > 0) say(`FAILED: notifications has ${letters} dead letters`);
  // The welcome mail to the refused address is the one more.
  const isRefusedOnce = refusals <= refusable + 1 + deaths.length;
  if (!isRefusedOnce) say(`FAILED: a refused address was tried ${refusals} times for ${refusable + 1} mails`);
  return breaches.length + letters + failedOrders === 0 && isRefusedOnce;
}
