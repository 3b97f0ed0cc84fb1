// HTTP client of the chaos runs. It records each request with its answer: the history of a run.
// A request without an answer is indeterminate: it may have taken effect, or may still take effect later.
// The published client would add an idempotency key to every POST; a repeat without a key must be harmless too.

import type { CodeOf, OperationName } from '@ticketing/client';
import { issueToken, sessionKeys } from '@ticketing/common/http';
import { newId } from '@ticketing/common/id';
import { Pool } from 'undici';
import type { ChaosSystem } from '../system/chaos-system.js';

export type OperationKind = 'offer' | 'order' | 'pay' | 'cancel' | 'refund' | 'show';

type Code = { [N in OperationName]: CodeOf<N> }[OperationName];

/** One request and its answer. */
export type Operation = Readonly<{
  kind: OperationKind;
  user: string;
  /** the title that was offered, the ticket that was ordered, or the order that was paid, cancelled or shown */
  target: string;
  idempotencyKey?: string | undefined;
  /** milliseconds since 1970 */
  startedAt: number;
  endedAt: number;
  /** HTTP status; 0 without an answer */
  status: number;
  code?: Code | undefined;
  /** why there was no answer */
  error?: string | undefined;
  /** id of the resource in the answer */
  id?: string | undefined;
  body?: Readonly<Record<string, unknown>> | undefined;
}>;

type Subject = Pick<Operation, 'kind' | 'user' | 'target' | 'idempotencyKey'>;
type Outcome = Pick<Operation, 'status' | 'code' | 'error' | 'id' | 'body'>;
type Body = { id?: string; errors?: { code: Code }[] } & Record<string, unknown>;

type Urls = Readonly<{ tickets: string; orders: readonly string[]; payments: string }>;
type Options = Readonly<{
  /** sent with every request */
  headers?: Readonly<Record<string, string>>;
  tls?: Pool.Options['connect'];
}>;
/** The keys that sign the sessions of its users. */
type Signer = Parameters<typeof sessionKeys>[0];
type HttpRequest = Readonly<{
  service: keyof Urls;
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: object;
}>;

const timeoutMs = 10_000;
const connections = 32;

export type RecordingClient = ReturnType<typeof openRecordingClient>;

/** Opens a client of the services at these URLs; requests to `orders` rotate among its processes. */
export function openRecordingClient(urls: Urls, signer: Signer, options: Options = {}) {
  const history: Operation[] = [];
  const { send, close } = openSender(urls, signer, options);

  async function record(subject: Subject, request: HttpRequest): Promise<Operation> {
    const startedAt = Date.now();
    const outcome = await send(subject, request);
    const operation = { ...subject, ...outcome, startedAt, endedAt: Date.now() };
    history.push(operation);
    return operation;
  }

  return {
    history,
    newUser: (): string => newId(),
    /** With an idempotency key the request may be repeated until it is answered. */
    offer: (user: string, title: string, price = '19.99', idempotencyKey?: string) =>
      record(
        { kind: 'offer', user, target: title, idempotencyKey },
        { service: 'tickets', method: 'POST', path: '/api/tickets', body: { title, price } },
      ),
    order: (user: string, ticketId: string) =>
      record(
        { kind: 'order', user, target: ticketId },
        { service: 'orders', method: 'POST', path: '/api/orders', body: { ticketId } },
      ),
    cancel: (user: string, orderId: string) =>
      record(
        { kind: 'cancel', user, target: orderId },
        { service: 'orders', method: 'DELETE', path: `/api/orders/${orderId}` },
      ),
    pay: (user: string, orderId: string, token: string) =>
      record(
        { kind: 'pay', user, target: orderId },
        { service: 'payments', method: 'POST', path: '/api/payments', body: { orderId, token } },
      ),
    /** The seller refunds a part, or without an amount all that is left. */
    refund: (user: string, orderId: string, amount?: string) =>
      record(
        { kind: 'refund', user, target: orderId },
        {
          service: 'payments',
          method: 'POST',
          path: `/api/payments/${orderId}/refunds`,
          body: { ...(amount !== undefined && { amount }) },
        },
      ),
    showPayment: (user: string, orderId: string) =>
      record(
        { kind: 'show', user, target: orderId },
        { service: 'payments', method: 'GET', path: `/api/payments/${orderId}` },
      ),
    showOrder: (user: string, orderId: string) =>
      record(
        { kind: 'show', user, target: orderId },
        { service: 'orders', method: 'GET', path: `/api/orders/${orderId}` },
      ),
    close,
  };
}

function openSender(urls: Urls, signer: Signer, { headers: fixed = {}, tls }: Options) {
  const tokenOf = tokenCache(signer);
  const pools = poolsFor(urls, tls);
  let requests = 0;

  async function send({ user, idempotencyKey }: Subject, request: HttpRequest): Promise<Outcome> {
    const { service, method, path, body: sent } = request;
    const replicas = pools[service];
    const pool = replicas[requests++ % replicas.length] as Pool;
    const headers = {
      ...fixed,
      authorization: `Bearer ${tokenOf(user)}`,
      ...(sent && { 'content-type': 'application/json' }),
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    };
    try {
      const answer = await pool.request({ method, path, headers, body: sent ? JSON.stringify(sent) : null });
      const text = await answer.body.text();
      const body = (text ? JSON.parse(text) : {}) as Body;
      return { status: answer.statusCode, code: body.errors?.[0]?.code, id: body.id, body };
    } catch (error) {
      return { status: 0, error: error instanceof Error ? error.message : String(error) };
    }
  }

  async function close(): Promise<void> {
    for (const pool of Object.values(pools).flat()) await pool.destroy();
  }

  return { send, close };
}

function poolsFor({ tickets, orders, payments }: Urls, tls: Options['tls']) {
  const timeouts = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
  const poolOf = (url: string) =>
    new Pool(url, { connections, pipelining: 1, ...timeouts, ...(tls && { connect: tls }) });
  return { tickets: [poolOf(tickets)], orders: orders.map(poolOf), payments: [poolOf(payments)] };
}

function tokenCache(signer: Signer): (user: string) => string {
  const keys = sessionKeys(signer);
  const tokens = new Map<string, string>();
  return (user) => {
    const token = tokens.get(user) ?? issueToken({ id: user, email: `${user}@example.com` }, keys);
    tokens.set(user, token);
    return token;
  };
}

/** A client of all services of this system, including both orders processes. */
export function openClientOf(system: ChaosSystem): RecordingClient {
  const orders = [system.url('orders'), system.url('orders-2')];
  const urls = { tickets: system.url('tickets'), orders, payments: system.url('payments') };
  return openRecordingClient(urls, { JWT_KEY: system.jwtKey });
}

export const isSuccess = ({ status }: Pick<Operation, 'status'>): boolean => status >= 200 && status < 300;
/** The answer leaves open whether the request took effect. */
export const isIndeterminate = ({ status }: Operation): boolean =>
  status === 0 || status === 202 || status >= 500;
