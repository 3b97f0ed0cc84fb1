// The client has one function for each operation of the API description. A function resolves to the response, also to an
// error response. It rejects only when there is no response. An operation that answers a stream is an async iterator.

import createFetch from 'openapi-fetch';
import { routes } from './generated.js';
import { pause } from './pause.js';
import { createSession } from './session.js';
import type { DataOf, InputOf, OperationName, ProblemOf } from './types.js';
import { createWatches, type Watches } from './watch.js';

export type ClientOptions = Readonly<{
  /** the origin of the API, such as `http://localhost:8080` */
  url: string;
  /** the token of an existing session, sent as `Authorization: Bearer` */
  token?: string;
  /**
   * How the client keeps the session of signing up and in. `cookie`: the browser does; the default where there is a
   * `document`. `token`: in memory, sent as `Authorization: Bearer`; the default elsewhere.
   */
  session?: 'cookie' | 'token';
  /** additional headers of every request */
  headers?: Readonly<Record<string, string>>;
  /** the maximum number of retries of a repeatable request; 2 by default */
  retries?: number;
  /** replaces the global `fetch` */
  fetch?: (request: Request) => Promise<Response>;
}>;

export type RequestOptions = Readonly<{
  /**
   * The key of an operation that takes an `Idempotency-Key`, without quotes. By default every call has a new key.
   * All retries of a call have the same key.
   */
  idempotencyKey?: string;
  /** the expected ETag, with its quotes; the response is 412 when the resource has another one */
  ifMatch?: string;
  /** additional headers of this request */
  headers?: Readonly<Record<string, string>>;
  /** aborts the request and the wait before a retry */
  signal?: AbortSignal;
}>;

type Answered = Readonly<{ status: number; headers: Headers }>;

/**
 * The response of an operation. `ok` tells success (2xx, with `data`) from failure (any other status, with `error`).
 * `error.code` is the union of the codes that the operation declares. A response that is not from the API, for example
 * from a proxy, has the code `unavailable`.
 */
export type Result<N extends OperationName> = Answered &
  (
    | Readonly<{ ok: true; data: DataOf<N>; error?: undefined }>
    | Readonly<{
        ok: false;
        data?: undefined;
        /** the first of `errors` */
        error: ProblemOf<N>;
        errors: readonly ProblemOf<N>[];
        /** the `Retry-After` of the response, in seconds */
        retryAfterSeconds: number | undefined;
      }>
  );

type Call<N extends OperationName> =
  Record<never, never> extends InputOf<N>
    ? (input?: InputOf<N>, options?: RequestOptions) => Promise<Result<N>>
    : (input: InputOf<N>, options?: RequestOptions) => Promise<Result<N>>;

export type Client = { readonly [N in OperationName]: Call<N> } & Watches & {
    /** The token of the current session, for `ClientOptions.token`; undefined without a session, or with a cookie. */
    readonly token: () => string | undefined;
  };

/**
 * Creates a client with its own session, which signing up or in begins. Later requests carry it.
 *
 * Each function takes one input object, with the path and query parameters and the body fields of its operation, and
 * optional `RequestOptions`. It resolves to a `Result`.
 *
 * A GET, and an operation with an `Idempotency-Key`, is retried after a network error, 429, 503 or `request-in-flight`.
 * The wait follows `Retry-After`; a wait of more than 10 s ends the retries.
 *
 * @throws TypeError (rejection of a call) when there is no response, as `fetch` does
 * @throws the reason of `signal` (rejection of a call) when the signal aborts
 */
export function createClient(options: ClientOptions): Client {
  const kind = options.session ?? ('document' in globalThis ? 'cookie' : 'token');
  const session = createSession(kind, options.token);
  const api = createFetch<Record<string, never>>({
    baseUrl: options.url,
    ...(options.fetch && { fetch: options.fetch }),
  });

  async function send(name: OperationName, input: Fields, request: RequestOptions): Promise<unknown> {
    const { method, path, ...fieldNames } = routes[name];
    const { inPath, inQuery, headers } = fieldNames as Record<keyof typeof fieldNames, readonly string[]>;
    const body = { ...session.fields(name), ...without(input, [...inPath, ...inQuery]) };
    const keyed = headers.includes('Idempotency-Key');
    const common = {
      params: { path: only(input, inPath), query: only(input, inQuery) },
      ...(Object.keys(body).length > 0 && { body }),
      ...(request.signal && { signal: request.signal }),
      headers: {
        ...options.headers,
        ...(keyed && { 'Idempotency-Key': `"${request.idempotencyKey ?? crypto.randomUUID()}"` }),
        ...(request.ifMatch !== undefined && { 'If-Match': request.ifMatch }),
        ...request.headers,
      },
    };
    const once = async () => {
      const headers = { ...session.headers(), ...common.headers };
      const { data, error, response } = await api.request(
        method,
        path as never,
        { ...common, headers } as never,
      );
      if (response.ok) session.update(name, data);
      return resultOf(response, data, error);
    };
    // A request with effects is repeatable only when the API recognizes it by its key.
    const repeatable = method === 'get' || keyed;
    return withRetries(once, repeatable ? (options.retries ?? 2) : 0, request.signal);
  }

  const calls = Object.keys(routes).map((name) => [
    name,
    (input: Fields = {}, request: RequestOptions = {}) => send(name as OperationName, input, request),
  ]);
  const watches = createWatches(async (path, headers, signal) => {
    const all = { ...session.headers(), ...options.headers, ...headers, Accept: 'text/event-stream' };
    return (options.fetch ?? fetch)(new Request(`${options.url}${path}`, { headers: all, signal }));
  });
  return { ...Object.fromEntries(calls), ...watches, token: session.token } as Client;
}

type Fields = Readonly<Record<string, unknown>>;

const only = (fields: Fields, names: readonly string[]) =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
const without = (fields: Fields, names: readonly string[]) =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

type AnyResult = Answered &
  Readonly<{ ok: boolean; retryAfterSeconds?: number | undefined; error?: unknown }>;

function resultOf({ ok, status, headers }: Response, data: unknown, error: unknown): AnyResult {
  if (ok) return { ok, status, headers, ...{ data } };
  // The API sends seconds. A date, which a proxy may send, is ignored.
  const after = /^\d+$/.exec(headers.get('Retry-After') ?? '');
  const errors = problemsIn(error) ?? [
    { code: 'unavailable', message: `The response has status ${status} and no error code.` },
  ];
  const retryAfterSeconds = after ? Number(after[0]) : undefined;
  return { ok, status, headers, retryAfterSeconds, ...{ error: errors[0], errors } };
}

// Undefined for a response that is not from the API, such as a proxy's error page.
function problemsIn(error: unknown): readonly unknown[] | undefined {
  const errors = (error as { errors?: unknown } | undefined)?.errors;
  return Array.isArray(errors) && errors.length > 0 ? errors : undefined;
}

const longestWaitSeconds = 10;
const firstPauseSeconds = 0.2;

async function withRetries(
  once: () => Promise<AnyResult>,
  retries: number,
  signal: AbortSignal | undefined,
): Promise<AnyResult> {
  for (let tries = 0; ; tries += 1) {
    const last = tries >= retries;
    try {
      const result = await once();
      const wait = result.retryAfterSeconds ?? firstPauseSeconds * 2 ** tries;
      if (last || !isTransient(result) || wait > longestWaitSeconds) return result;
      await pause(wait, signal);
    } catch (error) {
      if (last || signal?.aborted) throw error;
      await pause(firstPauseSeconds * 2 ** tries, signal);
    }
  }
}

// `request-in-flight`: an earlier attempt whose response was lost may still be running under the same key.
const isTransient = ({ status, error }: AnyResult): boolean =>
  [429, 503].includes(status) || (error as { code?: unknown } | undefined)?.code === 'request-in-flight';
