// What `npm run ops` can do, by the commands that each service has itself.

import { setTimeout as delay } from 'node:timers/promises';
import type { SnapshotEntry } from '@ticketing/common/operator';
import { compare, inWords, type Difference, type Facts } from './check.js';
import { asTable, merged, type HistoryLine } from './history.js';
import type { Reach } from './reach.js';

export const usage = `npm run ops -- dead-letters list [service]
npm run ops -- dead-letters show|replay|drop <service> <id|all>
npm run ops -- resync <auth|tickets|orders|payments> [--restored]
npm run ops -- check
npm run ops -- history <order|payment> <order id> [--json]
  in a cluster: add --kubectl, and --namespace <name> when it is not kubectl's own`;

/** Bad words: nothing was run. */
export class UsageError extends Error {}

type Print = (line: string) => void;

const services = ['auth', 'tickets', 'orders', 'expiration', 'payments'] as const;
const owners = ['tickets', 'orders', 'payments'] as const;
const tellers = ['auth', ...owners] as const;
const reporting = ['tickets', 'orders', 'payments', 'expiration'] as const;
const lookAgain = 3;
const lookAgainAfterMs = 2_000;
const shown = 100;

/**
 * Runs one operation and resolves with its exit code: 0 done, 1 it failed or found differences.
 * @throws UsageError that says what there is
 */
export async function operate(words: readonly string[], reach: Reach, print: Print): Promise<number> {
  const [command, ...rest] = words;
  if (command === 'dead-letters') return deadLetters(rest, reach, print);
  if (command === 'resync') {
    const [owner, ...options] = rest;
    return pass(oneOf(tellers, owner), ['resync', ...options], reach, print);
  }
  if (command === 'history') return history(rest, reach, print);
  if (command === 'check' && rest.length === 0) return check(reach, print);
  throw new UsageError(usage);
}

async function deadLetters([action, service, id]: readonly string[], reach: Reach, print: Print) {
  if (action !== 'list') {
    if (action === undefined || service === undefined || id === undefined) throw new UsageError(usage);
    return pass(oneOf(services, service), ['dead-letters', action, id], reach, print);
  }
  let worst = 0;
  for (const name of service === undefined ? services : [oneOf(services, service)]) {
    print(`${name}:`);
    worst = Math.max(worst, await pass(name, ['dead-letters', 'list'], reach, (line) => print(`  ${line}`)));
  }
  return worst;
}

function oneOf<T extends string>(names: readonly T[], given: string | undefined): T {
  const name = names.find((known) => known === given);
  if (name === undefined)
    throw new UsageError(`${given ?? 'nothing'} is none of ${names.join(', ')}\n\n${usage}`);
  return name;
}

async function pass(service: string, words: readonly string[], reach: Reach, print: Print): Promise<number> {
  const { code, errors } = await reach(service, words, print);
  if (errors) print(errors);
  return code;
}

// What is on its way differs for a moment: only what still differs after several looks is a difference.
async function check(reach: Reach, print: Print): Promise<number> {
  let differences: Difference[] = [];
  for (let look = 1; look <= lookAgain; look += 1) {
    if (look > 1) await delay(lookAgainAfterMs);
    const facts = await collect(reach);
    differences = compare(facts, new Date());
    if (differences.length === 0) {
      const count = (name: (typeof reporting)[number]) => facts[name].filter(({ about }) => about === name);
      print(owners.map((name) => `${count(name).length} ${name}`).join(', '));
      print('every copy agrees with its owner');
      return 0;
    }
  }
  for (const difference of differences.slice(0, shown)) print(inWords(difference));
  print(`${differences.length} differences`);
  return 1;
}

/** What every service holds. */
export async function collect(reach: Reach): Promise<Facts> {
  const all = await Promise.all(
    reporting.map(async (service) => {
      const lines: SnapshotEntry[] = [];
      const { code, errors } = await reach(service, ['snapshot'], (line) =>
        lines.push(JSON.parse(line) as SnapshotEntry),
      );
      if (code !== 0) throw new Error(`${service}: ${errors}`);
      return [service, lines] as const;
    }),
  );
  return Object.fromEntries(all) as Record<(typeof reporting)[number], SnapshotEntry[]>;
}

/** A payment has its order's id. */
async function history([about, id, ...options]: readonly string[], reach: Reach, print: Print) {
  if (!['order', 'payment'].includes(about ?? '') || id === undefined) throw new UsageError(usage);
  const [ofOrder, ofPayment] = await Promise.all([
    historyIn('orders', id, reach),
    historyIn('payments', id, reach),
  ]);
  const lines = [...ofOrder, ...ofPayment];
  if (lines.length === 0) {
    print(`there is no order ${id}`);
    return 1;
  }
  const [, ticketId] = /^ticket (\w+)/.exec(ofOrder[0]?.detail ?? '') ?? [];
  if (ticketId !== undefined) lines.push(...(await historyIn('tickets', ticketId, reach)));
  const all = merged(lines, id);
  for (const line of options.includes('--json') ? all.map((one) => JSON.stringify(one)) : asTable(all))
    print(line);
  return 0;
}

async function historyIn(service: string, id: string, reach: Reach): Promise<HistoryLine[]> {
  const lines: HistoryLine[] = [];
  const keep = (line: string) => lines.push(JSON.parse(line) as HistoryLine);
  const { code, errors } = await reach(service, ['history', id], keep);
  if (code !== 0) throw new Error(`${service}: ${errors}`);
  return lines;
}
