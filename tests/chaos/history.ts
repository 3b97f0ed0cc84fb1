// Buyers and sellers who keep a history of what they asked and what they were told. An answer that did not come is
// `unknown`: it may have taken effect or not, now or later. They do without our client, which would give every POST a key:
// one that is repeated without has to be harmless too.

import type { CodeOf, OperationName } from '@ticketing/client';
import { issueToken, sessionKeys } from '@ticketing/common/http';
import { newId } from '@ticketing/common/id';
import { Pool } from 'undici';
import type { World } from './world.js';

export type What = 'offer' | 'order' | 'pay' | 'cancel' | 'show';

type Code = { [N in OperationName]: CodeOf<N> }[OperationName];

export type Op = Readonly<{
  what: What;
  user: string;
  /** the ticket that was ordered, or the order that was paid, cancelled or shown */
  ref: string;
  /** its Idempotency-Key */
  key?: string | undefined;
  /** milliseconds since 1970, when it was asked and when the answer was there */
  at: number;
  until: number;
  /** 0: unknown */
  status: number;
  code?: Code | undefined;
  /** why there was no answer */
  lost?: string | undefined;
  /** of the thing that was answered */
  id?: string | undefined;
  body?: Readonly<Record<string, unknown>> | undefined;
}>;

type Body = { id?: string; errors?: { code: Code }[] } & Record<string, unknown>;

const longestMs = 10_000;
const connections = 32;

export type Client = ReturnType<typeof openClient>;

type Way = Readonly<{
  /** sent with every request */
  headers?: Readonly<Record<string, string>>;
  tls?: Pool.Options['connect'];
}>;

/** Speaks to services by their URLs; `orders` takes turns among several processes. */
export function openClient(
  urls: { tickets: string; orders: readonly string[]; payments: string },
  jwtKey: string,
  { headers: always = {}, tls }: Way = {},
) {
  const ops: Op[] = [];
  const keys = sessionKeys({ JWT_KEY: jwtKey });
  const tokens = new Map<string, string>();
  const aPool = (url: string) =>
    new Pool(url, {
      connections,
      pipelining: 1,
      headersTimeout: longestMs,
      bodyTimeout: longestMs,
      ...(tls && { connect: tls }),
    });
  const pools = {
    tickets: [aPool(urls.tickets)],
    orders: urls.orders.map(aPool),
    payments: [aPool(urls.payments)],
  };
  let turn = 0;

  function tokenOf(user: string): string {
    const known = tokens.get(user) ?? issueToken({ id: user, email: `${user}@example.com` }, keys);
    tokens.set(user, known);
    return known;
  }

  async function ask(
    op: Pick<Op, 'what' | 'user' | 'ref' | 'key'>,
    service: keyof typeof pools,
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    sent?: object,
  ): Promise<Op> {
    const choice = pools[service];
    const pool = choice[turn++ % choice.length] as Pool;
    const at = Date.now();
    const note = (result: Pick<Op, 'status' | 'code' | 'lost' | 'id' | 'body'>): Op => {
      const done = { ...op, ...result, at, until: Date.now() };
      ops.push(done);
      return done;
    };
    try {
      const headers: Record<string, string> = { ...always, authorization: `Bearer ${tokenOf(op.user)}` };
      if (sent) headers['content-type'] = 'application/json';
      if (op.key !== undefined) headers['idempotency-key'] = op.key;
      const answer = await pool.request({ method, path, headers, body: sent ? JSON.stringify(sent) : null });
      const text = await answer.body.text();
      const body = (text ? JSON.parse(text) : {}) as Body;
      return note({ status: answer.statusCode, code: body.errors?.[0]?.code, id: body.id, body });
    } catch (error) {
      return note({ status: 0, lost: error instanceof Error ? error.message : String(error) });
    }
  }

  return {
    ops,
    newUser: (): string => newId(),
    /** With a key it may be repeated until it is answered. */
    offer: (user: string, title: string, price = '19.99', key?: string) =>
      ask({ what: 'offer', user, ref: title, key }, 'tickets', 'POST', '/api/tickets', { title, price }),
    order: (user: string, ticketId: string) =>
      ask({ what: 'order', user, ref: ticketId }, 'orders', 'POST', '/api/orders', { ticketId }),
    cancel: (user: string, orderId: string) =>
      ask({ what: 'cancel', user, ref: orderId }, 'orders', 'DELETE', `/api/orders/${orderId}`),
    pay: (user: string, orderId: string, token: string) =>
      ask({ what: 'pay', user, ref: orderId }, 'payments', 'POST', '/api/payments', { orderId, token }),
    showOrder: (user: string, orderId: string) =>
      ask({ what: 'show', user, ref: orderId }, 'orders', 'GET', `/api/orders/${orderId}`),
    async close(): Promise<void> {
      for (const pool of Object.values(pools).flat()) await pool.destroy();
    },
  };
}

/** A client of all services of this world, both of its orders processes by turns. */
export function openClientOf(world: World): Client {
  const orders = [world.url('orders'), world.url('orders-2')];
  return openClient({ tickets: world.url('tickets'), orders, payments: world.url('payments') }, world.jwtKey);
}

/** Did it take effect for certain? */
export const isDone = ({ status }: Op): boolean => status >= 200 && status < 300;
/** Was there an answer that says neither yes nor no? */
export const isOpen = ({ status }: Op): boolean => status === 0 || status === 202 || status >= 500;
