// Hoarders keep tickets from others without buying one: one account takes the same seat again and again, and many accounts
// of one network reserve whatever they can. The system under attack has the default limit of a network.

import { setTimeout as delay } from 'node:timers/promises';
import { client as openPool, expectStatus, idOf, targetOf, users, type Target } from '../bench/client.js';
import { startSystem } from '../system/system.js';
import type { Attack } from './attack.js';
import { areServed, areUnharmed, judgeAttack, openClient, type Client, type Phases } from './bystanders.js';
import type { Findings } from './findings.js';

const others = 10;
/** MAX_ACTIVE_ORDERS_PER_NETWORK of the system under attack, which is the default. */
const maxAtNetwork = 300;
const seats = 1_000;
const hoardersAddress = '127.0.9.9';

export const hoarding: Attack = {
  about: 'one seat taken again and again; many seats held by the accounts of one network',
  async run(_world, findings, long) {
    const system = await startSystem({ MAX_ACTIVE_ORDERS_PER_NETWORK: '', REQUEST_TIMEOUT_MS: '30000' });
    const clients = Array.from({ length: others }, (_, index) => openClient(`127.0.1.${index + 1}`, 60_000));
    const hoarder = openClient(hoardersAddress);
    const sale = { target: targetOf(system), clients, hoarder, seconds: long ? 30 : 6, findings, long };
    try {
      await takeOneSeatAgainAndAgain(sale);
      await holdManySeats(sale);
    } finally {
      for (const client of [...clients, hoarder]) client.close();
      await system.stop();
    }
  },
};

type Sale = Readonly<{
  target: Target;
  /** of the others */
  clients: readonly Client[];
  hoarder: Client;
  seconds: number;
  findings: Findings;
  long: boolean;
}>;

async function takeOneSeatAgainAndAgain({
  target,
  clients,
  hoarder,
  seconds,
  findings,
}: Sale): Promise<void> {
  const seatIds = await offer(target, others);
  const guests = clients.map((client, index) => ({ client, seat: seatIds[index] ?? '' }));
  let [tries, taken] = [0, 0];
  // Asks for a seat until it is free, for a second at most.
  const takeSoon = async ({ client, seat }: (typeof guests)[number]) => {
    const buyer = open(target, client);
    for (const end = performance.now() + 1_000; performance.now() < end; await delay(50))
      if (await buyer.take(seat)) return buyer.release();
    return false;
  };
  const begin = async () => {
    let isOver = false;
    const hoard = async (seat: string) => {
      const buyer = open(target, hoarder);
      while (!isOver) {
        tries += 1;
        if (!(await buyer.take(seat))) await delay(5);
        else {
          taken += 1;
          await delay(900);
          await buyer.release();
        }
      }
    };
    const running = Promise.all(seatIds.map(hoard));
    return async () => {
      isOver = true;
      await running;
    };
  };
  await judgeAttack(findings, {
    ...{ name: 'one seat taken again and again', others: guests, seconds, act: takeSoon, begin },
    // Each seat is taken twice while it lasts, so the others wait.
    isUnharmed: ({ after }) => areServed(after),
  });
  findings.note(`the hoarder took a seat in ${taken} of ${tries} tries`);
  findings.check(taken <= 2 * others, `a buyer took a seat ${taken / others} times`);
}

async function holdManySeats({ target, clients, hoarder, seconds, findings, long }: Sale): Promise<void> {
  const ids = await offer(target, seats);
  let held = 0;
  // Tries a few seats, as somebody who sees the plan of a hall.
  const takeOne = async (client: Client) => {
    const buyer = open(target, client);
    for (let tries = 0; tries < 10; tries += 1)
      if (await buyer.take(ids[Math.floor(Math.random() * seats)] ?? '')) return buyer.release();
    return false;
  };
  const begin = async () => {
    const left = ids.values();
    const lanes = Array.from({ length: 16 }, async () => {
      for (const seat of left) if (await open(target, hoarder).take(seat)) held += 1;
    });
    await Promise.all(lanes);
    return async () => undefined;
  };
  const name = 'many seats held by the accounts of one network';
  // The seats are taken once, so there are no rounds, and a busy machine decides how long the others wait.
  const isUnharmed = (phases: Phases) =>
    long ? areUnharmed([phases]) : areServed(phases.during) && areServed(phases.after);
  await judgeAttack(findings, { name, others: clients, seconds, act: takeOne, begin, isUnharmed });
  findings.note(`the accounts of one network hold ${held} of ${seats} seats`);
  findings.check(held <= maxAtNetwork, `the accounts of one network hold ${held} seats`);
}

/** A new account at an address. */
function open({ orders, signer }: Target, client: Client) {
  const headers = { Authorization: `Bearer ${users(1, signer)[0]}` };
  let orderId = '';
  return {
    async take(ticketId: string): Promise<boolean> {
      const path = '/api/orders';
      const sent = await client.send(orders, { method: 'POST', path, headers, body: { ticketId } });
      if (sent.status === 201) orderId = (JSON.parse(sent.text) as { id: string }).id;
      return sent.status === 201;
    },
    async release(): Promise<boolean> {
      const path = `/api/orders/${orderId}`;
      return (await client.send(orders, { method: 'DELETE', path, headers })).status === 204;
    },
  };
}

/** Offers tickets, and waits until the last can be ordered. */
async function offer(target: Target, count: number): Promise<string[]> {
  const [tickets, orders] = [openPool(target.tickets, 16), openPool(target.orders, 1)];
  const [seller = '', buyer = ''] = users(2, target.signer);
  const create = async () =>
    idOf(
      expectStatus(await tickets.ask('POST', '/api/tickets', seller, { title: 'A seat', price: '15' }), 201),
    );
  const ids: string[] = [];
  while (ids.length < count) ids.push(...(await Promise.all(Array.from({ length: 10 }, create))));
  const last = await create();
  const isKnown = async () =>
    (await orders.ask('POST', '/api/orders', buyer, { ticketId: last })).status === 201;
  while (!(await isKnown())) await delay(100);
  await Promise.all([tickets.close(), orders.close()]);
  return ids;
}
