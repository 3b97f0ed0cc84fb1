// npm run bench -- sizes [purchases]: what one purchase leaves in the stores and on the bus, and what it costs. Each purchase
// buys a ticket of its own, from a seller and by a buyer with accounts: the largest case. infra/sizes.mjs uses the result.

import { issueToken, sessionKeys } from '@ticketing/common/http';
import { startSystem, type System } from '../system/system.js';
import { client, expectStatus, idOf, rate, targetOf, type Ask, type Target } from './client.js';
import { buy } from './measures.js';
import { cpuSecondsOf, storedBy, streamOf, subjectBytes, untilQuiet, type Group } from './stored.js';

type Print = (line: string) => void;

const sellersCount = 20;
const purchasesPerBuyer = 5;
const warmUp = 300;
const connections = 16;

export async function sizes(print: Print, count = 1_000): Promise<void> {
  const system = await startSystem();
  try {
    const target = targetOf(system);
    const people = await signUp(system, target, sellersCount + Math.ceil(count / purchasesPerBuyer));
    const [sellers, buyers] = [people.slice(0, sellersCount), people.slice(sellersCount)];
    const buyAll = (ids: readonly string[]) =>
      buy(target, ids, (index) => buyers[index % buyers.length] ?? '', connections);
    await buyAll(await offer(target, warmUp, sellers));
    await untilQuiet(system);
    const before = { events: await streamOf(system), ...(await storedBy(system)) };

    const ids = await offer(target, count, sellers);
    await untilQuiet(system);
    const cpuBefore = cpuSecondsOf(system.pid);
    await buyAll(ids);
    await untilQuiet(system);
    const cpuAfter = cpuSecondsOf(system.pid);

    const after = { events: await streamOf(system), ...(await storedBy(system)) };
    printGroups(print, 'Events on the bus', difference(before.events, after.events), count);
    printGroups(print, 'Documents', difference(before.collections, after.collections), count);
    printGroups(print, 'Indexes', difference(before.indexes, after.indexes), count);
    printGroups(print, 'Oplog', difference(before.oplog, after.oplog), count);
    print('\n| process | CPU ms per purchase, without the ticket |\n|---|---|');
    for (const [name, seconds] of Object.entries(cpuAfter))
      print(`| ${name} | ${(((seconds - (cpuBefore[name] ?? 0)) * 1_000) / count).toFixed(2)} |`);
    print(`\nMemory of nats-server per message on a subject of its own: ${await subjectBytes(system)} bytes`);
  } finally {
    await system.stop();
  }
}

/** Bearer tokens of people with accounts, so that notifications and auth store what they store for real people. */
async function signUp(system: System, target: Target, count: number): Promise<string[]> {
  const auth = client(system.url('auth'), 4);
  const keys = sessionKeys(target.signer);
  const tokens: string[] = [];
  await rate(count, 4, async (index) => {
    const email = `person-${index}@example.com`;
    const person = await auth.ask('POST', '/api/users/signup', undefined, {
      email,
      password: 'correct horse',
    });
    tokens.push(issueToken({ id: idOf(expectStatus(person, 201)), email }, keys));
  });
  await auth.close();
  return tokens;
}

async function offer(target: Target, count: number, sellers: readonly string[]): Promise<string[]> {
  const tickets = client(target.tickets, connections);
  const ids: string[] = [];
  await rate(count, connections, async (index) => {
    const body = { title: `Berlin Philharmonic, block C, row 12, seat ${index}`, price: '89.99' };
    ids.push(await offerOne(tickets.ask, sellers[index % sellers.length], body));
  });
  await tickets.close();
  return ids;
}

const offerOne = async (ask: Ask, seller: string | undefined, body: object) =>
  idOf(expectStatus(await ask('POST', '/api/tickets', seller, body), 201));

function difference(before: readonly Group[], after: readonly Group[]): Group[] {
  return after.map(({ name, count, bytes, storedBytes }) => {
    const earlier = before.find((each) => each.name === name);
    return {
      name,
      count: count - (earlier?.count ?? 0),
      bytes: bytes - (earlier?.bytes ?? 0),
      storedBytes: storedBytes - (earlier?.storedBytes ?? 0),
    };
  });
}

function printGroups(print: Print, title: string, groups: readonly Group[], purchases: number): void {
  print(
    `\n| ${title} | per purchase | bytes each | bytes per purchase | on disk per purchase |\n|---|---|---|---|---|`,
  );
  const shown = groups.filter(({ count }) => count > 0);
  for (const { name, count, bytes, storedBytes } of shown)
    print(
      `| ${[name, (count / purchases).toFixed(2), count ? Math.round(bytes / count) : '', Math.round(bytes / purchases), Math.round(storedBytes / purchases)].join(' | ')} |`,
    );
  const sum = (field: 'bytes' | 'storedBytes') =>
    Math.round(shown.reduce((total, group) => total + group[field], 0) / purchases);
  print(`| all | | | ${sum('bytes')} | ${sum('storedBytes')} |`);
}
