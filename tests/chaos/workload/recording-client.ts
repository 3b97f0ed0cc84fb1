// HTTP client of the chaos runs. It records each request with its answer: the history of a run.
// A request without an answer is indeterminate: it may have taken effect, or may still take effect later.
// The published client would add an idempotency key to every POST; a repeat without a key must be harmless too.

import type { CodeOf, OperationName } from '@ticketing/client';
import { lateEventRetryAfterSeconds } from '@ticketing/common/documents';
import { issueToken, sessionKeys } from '@ticketing/common/http';
import { newId } from '@ticketing/common/id';
import { Pool, type Dispatcher } from 'undici';
import type { ChaosSystem } from '../system/chaos-system.js';

export type OperationKind = 'offer' | 'order' | 'pay' | 'cancel' | 'refund' | 'show';

type Code = { [N in OperationName]: CodeOf<N> }[OperationName];

/** Some places of one ticket. */
export type Places = Readonly<{ ticketId: string; quantity: number }>;

/** One request and its answer. */
export type Operation = Readonly<{
  kind: OperationKind;
  user: string;
  /** the title that was offered, the (first) ticket that was ordered, or the order that was paid, cancelled or shown */
  target: string;
  /** the places that were ordered; without it, one place of `target` */
  asked?: readonly Places[] | undefined;
  idempotencyKey?: string | undefined;
  /** milliseconds since 1970 */
  startedAt: number;
  endedAt: number;
  /** HTTP status; 0 without an answer */
  status: number;
  code?: Code | undefined;
  /** why there was no answer */
  error?: string | undefined;
  /** of a refused order: how many places of this ticket were free */
  left?: Readonly<{ ticketId: string; available: number }> | undefined;
  /** the seconds of `Retry-After` */
  retryAfter?: number | undefined;
  /** id of the resource in the answer */
  id?: string | undefined;
  body?: Readonly<Record<string, unknown>> | undefined;
}>;

type Subject = Pick<Operation, 'kind' | 'user' | 'target' | 'idempotencyKey' | 'asked'>;
type Outcome = Omit<Operation, keyof Subject | 'startedAt' | 'endedAt'>;
type Refusal = Readonly<{ code: Code; ticketId?: string; available?: number }>;
type Body = { id?: string; errors?: Refusal[] } & Record<string, unknown>;
type Offer = Readonly<{ price?: string; quantity?: number; idempotencyKey?: string }>;

/** The processes of each service. */
type Urls = Readonly<Record<'tickets' | 'orders' | 'payments', readonly string[]>>;
type Options = Readonly<{
  /** the number of connections to each process */
  connections?: number;
  /** A request that waits longer has no answer. */
  timeoutMs?: number;
  /** sent with every request */
  headers?: Readonly<Record<string, string>>;
  tls?: Pool.Options['connect'];
  /** Does the process at this URL get requests? By default, every one does. */
  isServing?: (url: string) => boolean;
}>;
/** The keys that sign the sessions of its users. */
type Signer = Parameters<typeof sessionKeys>[0];
type HttpRequest = Readonly<{
  service: keyof Urls;
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: object;
}>;

const defaultTimeoutMs = 10_000;
const defaultConnections = 32;

/** The event of the ticket or the order is still on its way: an answer that clients repeat, and no failure. */
export const isTooEarly = ({ kind, status, retryAfter }: Operation): boolean =>
  (kind === 'order' || kind === 'pay') && status === 503 && retryAfter === lateEventRetryAfterSeconds;

export type RecordingClient = ReturnType<typeof openRecordingClient>;

/** Opens a client of the services at these URLs; requests rotate among the processes of a service. */
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
    offer: (user: string, title: string, { idempotencyKey, price = '19.99', ...more }: Offer = {}) =>
      record(
        { kind: 'offer', user, target: title, idempotencyKey },
        { service: 'tickets', method: 'POST', path: '/api/tickets', body: { title, price, ...more } },
      ),
    /** Orders one place of a ticket, or these places. */
    order: (user: string, wanted: string | readonly Places[]) =>
      record(
        { kind: 'order', user, ...subjectOf(wanted) },
        { service: 'orders', method: 'POST', path: '/api/orders', body: orderBody(wanted) },
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
    /** The seller refunds a part, or all that is left. */
    refund: (user: string, orderId: string, part: RefundedPart = {}) =>
      record(
        { kind: 'refund', user, target: orderId },
        { service: 'payments', method: 'POST', path: `/api/payments/${orderId}/refunds`, body: part },
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

/** An amount, or the price of these places. */
type RefundedPart = Readonly<{ amount?: string; places?: readonly { ticketId: string; place: number }[] }>;

const subjectOf = (wanted: string | readonly Places[]) =>
  typeof wanted === 'string' ? { target: wanted } : { target: wanted[0]?.ticketId ?? '', asked: wanted };

/** One ticket is asked for without a list, as most clients do. */
function orderBody(wanted: string | readonly Places[]): object {
  if (typeof wanted === 'string') return { ticketId: wanted };
  return wanted.length === 1 ? { ...wanted[0] } : { items: wanted };
}

function openSender(urls: Urls, signer: Signer, options: Options) {
  const { headers: fixed = {}, isServing = () => true } = options;
  const tokenOf = tokenCache(signer);
  const pools = poolsFor(urls, options);
  let requests = 0;

  async function send({ user, idempotencyKey }: Subject, request: HttpRequest): Promise<Outcome> {
    const { service, method, path, body: sent } = request;
    const replicas = pools[service].filter(({ url }) => isServing(url));
    const { pool } = replicas[requests++ % replicas.length] as (typeof replicas)[number];
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
      const [refusal] = body.errors ?? [];
      return {
        status: answer.statusCode,
        ...{ code: refusal?.code, left: leftOf(refusal), retryAfter: retryAfterOf(answer.headers) },
        ...{ id: body.id, body },
      };
    } catch (error) {
      return { status: 0, error: error instanceof Error ? error.message : String(error) };
    }
  }

  async function close(): Promise<void> {
    for (const { pool } of Object.values(pools).flat()) await pool.destroy();
  }

  return { send, close };
}

function leftOf({ ticketId, available }: Partial<Refusal> = {}): Operation['left'] {
  return ticketId !== undefined && available !== undefined ? { ticketId, available } : undefined;
}

function retryAfterOf({ 'retry-after': seconds }: Dispatcher.ResponseData['headers']): number | undefined {
  return seconds === undefined ? undefined : Number(seconds);
}

function poolsFor(
  { tickets, orders, payments }: Urls,
  { tls, connections = defaultConnections, timeoutMs = defaultTimeoutMs }: Options,
) {
  const timeouts = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
  const poolOf = (url: string) => ({
    url,
    pool: new Pool(url, { connections, pipelining: 1, ...timeouts, ...(tls && { connect: tls }) }),
  });
  return { tickets: tickets.map(poolOf), orders: orders.map(poolOf), payments: payments.map(poolOf) };
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

/** A client of all processes of this system. */
export function openClientOf(system: ChaosSystem, options: Options = {}): RecordingClient {
  return openRecordingClient(
    { tickets: system.urls('tickets'), orders: system.urls('orders'), payments: system.urls('payments') },
    { JWT_KEY: system.jwtKey },
    options,
  );
}

/** The places that an order asked for. */
export const askedIn = ({ target, asked }: Operation): readonly Places[] =>
  asked ?? [{ ticketId: target, quantity: 1 }];

export const isSuccess = ({ status }: Pick<Operation, 'status'>): boolean => status >= 200 && status < 300;
/** The answer leaves open whether the request took effect. */
export const isIndeterminate = ({ status }: Operation): boolean =>
  status === 0 || status === 202 || status >= 500;
