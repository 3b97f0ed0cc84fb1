// Compares the answers of two releases to the same request: the newer one may only add fields.

import { isDeepStrictEqual } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, type Person, type Service, type Trade } from './workload/people.js';

type Read = Readonly<{ service: Service; path: string; by?: Person }>;
/** The URLs of two processes of a service. */
export type Pair = Readonly<{ older: string; newer: string }>;

const maxTries = 50;

/** Returns the differences; undefined values of `pairs` are services that one of the releases lacks. */
export async function compareAnswers(
  pairs: Readonly<Partial<Record<Service, Pair>>>,
  trades: readonly Trade[],
): Promise<{ compared: number; differences: string[] }> {
  const differences: string[] = [];
  let compared = 0;
  for (const read of trades.flatMap(readsOf)) {
    const pair = pairs[read.service];
    if (!pair) continue;
    compared += 1;
    const difference = await compareOne(pair, read);
    if (difference !== undefined) differences.push(`GET ${read.path}: ${difference}`);
  }
  return { compared, differences };
}

function readsOf({ seller, buyer, ticketId, orderId, word }: Trade): Read[] {
  return [
    { service: 'auth', path: '/api/users/currentuser', by: seller },
    { service: 'auth', path: '/api/users/profile', by: seller },
    { service: 'auth', path: '/api/users/sessions', by: buyer },
    { service: 'tickets', path: `/api/tickets?q=${word}` },
    { service: 'tickets', path: `/api/tickets?q=${word}&sort=-price&minPrice=1.00` },
    { service: 'tickets', path: `/api/tickets/${ticketId}`, by: seller },
    { service: 'orders', path: '/api/orders', by: buyer },
    { service: 'orders', path: `/api/orders/${orderId}`, by: buyer },
    { service: 'payments', path: `/api/payments/${orderId}`, by: buyer },
    { service: 'notifications', path: '/api/notifications', by: buyer },
    { service: 'notifications', path: '/api/notifications/preferences', by: buyer },
  ];
}

/** The state may change between two requests, so the older release is asked before and after the newer one. */
async function compareOne({ older, newer }: Pair, { path, by }: Read): Promise<string | undefined> {
  for (let tries = 1; ; tries += 1) {
    const before = await ask(older, 'GET', path, { by });
    const answer = await ask(newer, 'GET', path, { by });
    const after = await ask(older, 'GET', path, { by });
    const difference =
      before.status === answer.status
        ? missingIn(before.body, answer.body, 'body')
        : `status ${before.status} became ${answer.status}`;
    const isStable = isDeepStrictEqual(before.body, after.body);
    if (isStable && difference === undefined && before.status === 200) return undefined;
    if (tries === maxTries) return difference ?? `status ${before.status}, or it changes all the time`;
    await delay(100);
  }
}

/** The first part of the older answer that the newer one lacks or has changed. */
export function missingIn(older: unknown, newer: unknown, path: string): string | undefined {
  if (typeof older !== 'object' || older === null || typeof newer !== 'object' || newer === null)
    return Object.is(older, newer)
      ? undefined
      : `${path} was ${JSON.stringify(older)} and is ${JSON.stringify(newer)}`;
  if (Array.isArray(older) && (!Array.isArray(newer) || older.length !== newer.length))
    return `${path} had ${older.length} entries and now is ${JSON.stringify(newer)}`;
  for (const [key, value] of Object.entries(older)) {
    const missing = missingIn(value, (newer as Record<string, unknown>)[key], `${path}.${key}`);
    if (missing !== undefined) return missing;
  }
  return undefined;
}
