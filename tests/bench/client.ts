// HTTP client and users of the load generator. It calls the services directly, over keep-alive connections.

import { issueToken, sessionKeys } from '@ticketing/common/http';
import { newId } from '@ticketing/common/id';
import { BalancedPool } from 'undici';
import type { System } from '../system/system.js';

export type Target = Readonly<{
  tickets: string;
  orders: string;
  payments: string;
  /** all processes of a service */
  processesOf: System['urls'];
  gateway: string;
  /** URL of the server of all databases */
  mongo: string;
  /** the variables that name the keys of sessions */
  signer: Parameters<typeof sessionKeys>[0];
  /** bearer tokens of people whom notifications knows; all other users get no mails */
  known?: Readonly<{ sellers: readonly string[]; buyers: readonly string[] }>;
}>;

export const targetOf = (system: System): Target => ({
  tickets: system.url('tickets'),
  orders: system.url('orders'),
  payments: system.url('payments'),
  processesOf: system.urls,
  gateway: system.url('gateway'),
  mongo: system.serversOf('operator')['MONGO_URI'] ?? '',
  signer: system.signer,
});

export type Reply = Readonly<{ status: number; body: unknown }>;
export type Ask = (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  user?: string,
  body?: object,
) => Promise<Reply>;

/** A client of one service, whose processes share its connections. `user` is a bearer token. */
export function client(
  urls: string | readonly string[],
  connections: number,
): { ask: Ask; close: () => Promise<void> } {
  const all = [urls].flat();
  const pool = new BalancedPool(all, { connections: Math.ceil(connections / all.length), pipelining: 1 });
  return {
    async ask(method, path, user, body) {
      const headers: Record<string, string> = {};
      if (user !== undefined) headers['authorization'] = `Bearer ${user}`;
      if (body !== undefined) headers['content-type'] = 'application/json';
      const response = await pool.request({
        method,
        path,
        headers,
        body: body ? JSON.stringify(body) : null,
      });
      const text = await response.body.text();
      return { status: response.statusCode, body: text === '' ? undefined : JSON.parse(text) };
    },
    close: () => pool.close(),
  };
}

/** Bearer tokens of `count` signed-in users. */
export const users = (count: number, signer: Target['signer']): string[] =>
  newUsers(count, signer).map(({ token }) => token);

export function newUsers(count: number, signer: Target['signer']) {
  const keys = sessionKeys(signer);
  return Array.from({ length: count }, () => {
    const id = newId();
    const email = `${id}@example.com`;
    return { id, email, token: issueToken({ id, email }, keys) };
  });
}

/** Runs `work(0) … work(count - 1)` with this concurrency. Returns the rate per second. */
export async function rate(
  count: number,
  concurrency: number,
  work: (index: number) => Promise<unknown>,
): Promise<number> {
  const begin = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return (count * 1_000) / (performance.now() - begin);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function idOf(reply: Reply): string {
  const { body } = reply;
  if (body !== null && typeof body === 'object' && 'id' in body && typeof body.id === 'string')
    return body.id;
  throw new Error(`no id in ${reply.status} ${JSON.stringify(body)}`);
}

export function expectStatus(reply: Reply, ...wanted: readonly number[]): Reply {
  if (!wanted.includes(reply.status)) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
  return reply;
}
