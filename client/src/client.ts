// The client: one function for each operation of the API description, which resolves to its answer or its refusal. Nothing is
// thrown but what keeps a request from being answered at all.

import createFetch from 'openapi-fetch';
import { routes } from './generated.js';
import { createSession } from './session.js';
import type { DataOf, InputOf, OperationName, ProblemOf } from './types.js';

export type ClientOptions = Readonly<{
  /** where the API is: `http://localhost:8080` */
  url: string;
  /** begins with this session, sent as `Authorization: Bearer` */
  token?: string;
  /** sent with every request */
  headers?: Readonly<Record<string, string>>;
  /** how often a request is sent again that may be: 2 unless it is said here */
  retries?: number;
  /** sends them in another way */
  fetch?: (request: Request) => Promise<Response>;
}>;

export type RequestOptions = Readonly<{
  /** of what may be repeated: a fresh one for each call unless it is given, and the same for all its retries */
  idempotencyKey?: string;
  /** changes only what still has this ETag: 412 otherwise */
  ifMatch?: string;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}>;

type Answered = Readonly<{ status: number; headers: Headers }>;

export type Result<N extends OperationName> = Answered &
  (
    | Readonly<{ ok: true; data: DataOf<N>; error?: undefined }>
    | Readonly<{
        ok: false;
        data?: undefined;
        /** the first of them, mostly the only one */
        error: ProblemOf<N>;
        errors: readonly ProblemOf<N>[];
        /** when to come again, if the API says so */
        retryAfterSeconds: number | undefined;
      }>
  );

type Call<N extends OperationName> =
  Record<never, never> extends InputOf<N>
    ? (input?: InputOf<N>, options?: RequestOptions) => Promise<Result<N>>
    : (input: InputOf<N>, options?: RequestOptions) => Promise<Result<N>>;

export type Client = { readonly [N in OperationName]: Call<N> } & {
  /** The token of the session that signing in began, or undefined. */
  readonly token: () => string | undefined;
};

/** Makes a client with a session of its own. */
export function createClient(options: ClientOptions): Client {
  const session = createSession(options.token);
  const api = createFetch<Record<string, never>>({
    baseUrl: options.url,
    ...(options.fetch && { fetch: options.fetch }),
  });

  async function send(name: OperationName, input: Fields, request: RequestOptions): Promise<unknown> {
    const { method, path, ...places } = routes[name];
    const { inPath, inQuery, headers } = places as Record<keyof typeof places, readonly string[]>;
    const body = without(input, [...inPath, ...inQuery]);
    const keyed = headers.includes('Idempotency-Key');
    const sent = {
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
      const headers = { ...session.headers(), ...sent.headers };
      const { data, error, response } = await api.request(
        method,
        path as never,
        { ...sent, headers } as never,
      );
      session.learn(response.headers);
      return resultOf(response, data, error);
    };
    // What is not read-only is sent again only under a key by which the API knows it again.
    const idempotent = method === 'get' || keyed;
    return withRetries(once, idempotent ? (options.retries ?? 2) : 0, request.signal);
  }

  const calls = Object.keys(routes).map((name) => [
    name,
    (input: Fields = {}, request: RequestOptions = {}) => send(name as OperationName, input, request),
  ]);
  return { ...Object.fromEntries(calls), token: session.token } as Client;
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
  // The API gives seconds; a date is somebody else's.
  const after = /^\d+$/.exec(headers.get('Retry-After') ?? '');
  const errors = problemsIn(error) ?? [{ code: 'unavailable', message: `The answer was ${status}.` }];
  const retryAfterSeconds = after ? Number(after[0]) : undefined;
  return { ok, status, headers, retryAfterSeconds, ...{ error: errors[0], errors } };
}

// Something between us and the API may answer in its own words.
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
      if (last || !mayBeOtherwiseSoon(result) || wait > longestWaitSeconds) return result;
      await pause(wait, signal);
    } catch (error) {
      if (last || signal?.aborted) throw error;
      await pause(firstPauseSeconds * 2 ** tries, signal);
    }
  }
}

// What we have sent before may still be at work under its key, when its answer was lost or late.
const mayBeOtherwiseSoon = ({ status, error }: AnyResult): boolean =>
  [429, 503].includes(status) || (error as { code?: unknown } | undefined)?.code === 'request-in-flight';

async function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, seconds * 1_000);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', stop);
  });
}
