// So many requests a second through the ingress, whether or not the earlier ones are answered.

import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Person } from '@ticketing/e2e';
import { arrive, reserve, type Ingress } from './journeys.js';

export type Load = Readonly<{
  /** Ends it; returns how many were sent, and those that got no answer or one that is the system's fault. */
  stop(): Promise<{ sent: number; failed: string[] }>;
}>;

/** Reads of all services, and writes, one of four. */
export async function startLoad({ url, host }: Ingress, perSecond: number): Promise<Load> {
  const [seller, buyer] = [await arrive({ url, host }), await arrive({ url, host })];
  const { ticketId, orderId } = await reserve(seller, buyer);
  await buyer.pays(orderId, 'tok_visa');
  const cookie = await cookieOf(buyer, url);
  const pool = new Pool(url, { connections: 16, connect: { rejectUnauthorized: false, servername: host } });
  const asks: readonly [method: 'GET' | 'POST', path: string, body?: object][] = [
    ['GET', '/api/users/currentuser'],
    ['GET', '/api/tickets'],
    ['GET', `/api/tickets/${ticketId}`],
    ['GET', `/api/orders/${orderId}`],
    ['GET', '/api/orders'],
    ['GET', `/api/payments/${orderId}`],
    ['POST', '/api/payments', { orderId, token: 'tok_visa' }],
    ['POST', '/api/tickets', { title: 'Row 4', price: '15' }],
  ];
  const failed: string[] = [];
  const open = new Set<Promise<void>>();
  let sent = 0;

  async function ask(): Promise<void> {
    const [method, path, body] = asks[sent++ % asks.length] ?? ['GET', '/'];
    const headers = { host, cookie, ...(body && { 'content-type': 'application/json' }) };
    try {
      const answer = await pool.request({ method, path, headers, body: body ? JSON.stringify(body) : null });
      const text = await answer.body.text();
      if (answer.statusCode >= 400)
        failed.push(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 100)}`);
    } catch (error) {
      failed.push(`${method} ${path}: ${String(error)}`);
    }
  }

  const timer = setInterval(() => {
    const one = ask().finally(() => open.delete(one));
    open.add(one);
  }, 1_000 / perSecond);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.race([Promise.all(open), delay(30_000)]);
      await pool.destroy();
      return { sent, failed };
    },
  };
}

async function cookieOf(person: Person, url: string): Promise<string> {
  const { hostname } = new URL(url);
  const all = person.agent.jar.getCookies({ domain: hostname, path: '/', secure: true, script: false });
  return all.map((cookie) => cookie.toValueString()).join('; ');
}
