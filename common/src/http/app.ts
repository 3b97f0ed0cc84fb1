// The Express application of a service: its routes, and around them what every request gets.

import { randomUUID } from 'node:crypto';
import { SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import helmet from 'helmet';
import { DependencyDown, Refusal } from '../errors.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import type { IdempotencyKeys } from '../documents/idempotency-keys.js';
import { traceIdOf, type Cause } from '../observability/trace.js';
import { remoteParent, runInContext, startSpan, traceparentOf } from '../observability/spans.js';
import { send, type Answer, type problems } from './answers.js';
import { serveFiles, type Files } from './files.js';
import { middlewaresFor, readSession, userOf, type Endpoint } from './route.js';
import { watchHops } from './network.js';
import { answerFor, commonRefusals, type RefusalTable } from './errors.js';
import { limitAddresses, limitUsers } from './rate-limit.js';
import { withIdempotencyKey } from './idempotency.js';
import { sessionKeys } from './session.js';

export type Route = Readonly<{ method: 'get' | 'post' | 'put' | 'delete'; path: string; endpoint: Endpoint }>;

export const get = (path: string, endpoint: Endpoint): Route => ({ method: 'get', path, endpoint });
export const post = (path: string, endpoint: Endpoint): Route => ({ method: 'post', path, endpoint });
export const put = (path: string, endpoint: Endpoint): Route => ({ method: 'put', path, endpoint });
export const del = (path: string, endpoint: Endpoint): Route => ({ method: 'delete', path, endpoint });

type Parts = Readonly<{
  routes: readonly Route[];
  files?: Files;
  refusals: RefusalTable;
  config: Readonly<{
    JWT_KEY: string;
    JWT_KEY_PREVIOUS?: string | undefined;
    COOKIE_SECURE: 'auto' | 'true' | 'false';
    TRUST_PROXY: number;
    REQUEST_TIMEOUT_MS: number;
    RATE_LIMIT_PER_ADDRESS: number;
    RATE_LIMIT_PER_USER: number;
  }>;
  /** whether this session was ended before its token expires; needed where a route asks who is signed in */
  isRevoked: ((sid: string) => boolean) | undefined;
  log: Logger;
  metrics: Metrics;
  /** where repeatable routes keep their answers */
  keys?: IdempotencyKeys | undefined;
  readiness: () => Promise<{ ready: boolean; checks: Readonly<Record<string, string>> }>;
}>;

/** Builds the application. Every answer is JSON, has a request id, and comes within REQUEST_TIMEOUT_MS. */
export function createApp(parts: Parts): Express {
  const { routes, config, log, metrics, keys } = parts;
  const refusals = { ...commonRefusals, ...parts.refusals };
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', config.TRUST_PROXY);

  app.get('/healthz', (_request, response) => send(response, { status: 200, body: { status: 'ok' } }));
  app.get('/readyz', async (_request, response) => {
    const { ready, checks } = await parts.readiness();
    send(response, { status: ready ? 200 : 503, body: { ready, checks } });
  });
  app.get('/metrics', async (_request, response) => {
    const { checks } = await parts.readiness();
    for (const [dependency, state] of Object.entries(checks))
      metrics.dependencyUp.set({ dependency }, state === 'ok' ? 1 : 0);
    response.setHeader('Content-Type', metrics.registry.contentType);
    response.end(await metrics.registry.metrics());
  });

  app.use(beginRequest(log, metrics));
  app.use(helmet());
  app.use(watchHops(config.TRUST_PROXY, log));
  const session = {
    keys: sessionKeys(config),
    isRevoked: parts.isRevoked ?? (() => false),
    secure: config.COOKIE_SECURE,
  };
  app.use(readSession(session));
  const signed = routes.filter(({ endpoint }) => endpoint.declaration.rawBody).map(({ path }) => path);
  app.use(limitUsers(config.RATE_LIMIT_PER_USER));
  app.use(limitAddresses(config.RATE_LIMIT_PER_ADDRESS, new Set(signed)));
  function handlerOf(endpoint: Endpoint): Handler {
    if (!endpoint.declaration.idempotent) return plainly(endpoint);
    if (!keys) throw new Error(`${endpoint.declaration.name} is repeatable, but its service keeps no keys`);
    return withIdempotencyKey(endpoint, { keys, explain: (error) => answerFor(error, refusals, log), log });
  }
  for (const { method, path, endpoint } of routes) {
    for (const code of endpoint.declaration.refusals ?? [])
      if (!(code in refusals))
        throw new Error(`${path} declares ${code}, which the service's refusals do not explain`);
    if (endpoint.declaration.user !== 'anyone' && !parts.isRevoked)
      throw new Error(`${path} asks who is signed in, but the service's context has no revokedSessions`);
    const name: RequestHandler = (_request, response, next) => {
      response.locals['route'] = path;
      next();
    };
    app[method](
      path,
      name,
      ...middlewaresFor(method, endpoint.declaration),
      answering(endpoint, handlerOf(endpoint), config.REQUEST_TIMEOUT_MS),
    );
  }
  serveFiles(app, parts.files ?? {});
  app.use(() => {
    throw new Refusal('not-found');
  });
  app.use(answerErrors(refusals, log));
  return app;
}

type Handler = (request: Request, response: Response) => Promise<Answer>;

const plainly =
  ({ read, use }: Endpoint): Handler =>
  async (request, response) =>
    use(read(request, response));

const plainId = /^[\w.:-]{1,100}$/;

function beginRequest(log: Logger, metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const begin = performance.now();
    const given = request.headers['x-request-id'];
    const id = typeof given === 'string' && plainId.test(given) ? given : randomUUID();
    const parent = remoteParent(request.headers['traceparent']);
    const span = startSpan(request.method, { kind: SpanKind.SERVER }, parent);
    const traceparent = traceparentOf(span);
    const fields = { requestId: id, traceId: traceIdOf(traceparent) };
    response.locals['cause'] = { by: 'anonymous', why: `request:${id}`, traceparent } satisfies Cause;
    response.setHeader('X-Request-Id', id);
    // Until something better is known of the answer: it may be personal, and a cache may be shared.
    response.setHeader('Cache-Control', 'no-store');
    response.once('close', () => {
      const route = String(response.locals['route'] ?? 'unknown');
      const { method } = request;
      const status = response.writableFinished ? response.statusCode : 499;
      const milliseconds = performance.now() - begin;
      metrics.requests.observe({ method, route, status }, milliseconds / 1_000);
      endSpan(span, method, route, status);
      const level = method === 'GET' && status < 400 ? 'debug' : 'info';
      const who = userOf(response);
      const by = who && { by: `user:${who.id}` };
      const code = response.locals['refusal'] as string | undefined;
      log[level](
        { ...fields, ...by, method, route, status, ...(code && { code }), ms: Math.round(milliseconds) },
        'request',
      );
    });
    runInContext(fields, next, trace.setSpan(parent, span));
  };
}

// https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server
function endSpan(span: Span, method: string, route: string, status: number): void {
  span.updateName(`${method} ${route}`);
  span.setAttributes({
    'http.request.method': method,
    'http.route': route,
    'http.response.status_code': status,
  });
  if (status >= 500) span.setAttribute('error.type', `${status}`).setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

// The answer comes in time even if the work does not: a silent dependency must not keep a client waiting. The work goes
// on, and repeating the request is safe.
function answering({ declaration }: Endpoint, handler: Handler, timeoutMs: number): RequestHandler {
  // What has an ETag may be kept, and is asked for again each time; by its reader alone if a session had a say in it.
  const revalidated = declaration.user === 'anyone' ? 'no-cache' : 'private, no-cache';
  return async (request, response) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new DependencyDown('an answer in time')), timeoutMs);
    });
    try {
      const answer: Answer = await Promise.race([handler(request, response), late]);
      const tag = answer.headers?.['ETag'];
      if (tag !== undefined) response.setHeader('Cache-Control', revalidated).setHeader('ETag', tag);
      noteRefusal(response, answer);
      // Express compares the `ETag` that is set with `If-None-Match`, for GET and HEAD.
      send(response, tag !== undefined && request.fresh ? { status: 304 } : answer);
    } finally {
      clearTimeout(timer);
    }
  };
}

function answerErrors(refusals: RefusalTable, log: Logger): ErrorRequestHandler {
  return (error, _request, response, _next) => {
    const answer = answerFor(error, refusals, log);
    noteRefusal(response, answer);
    if (response.headersSent) response.destroy();
    else send(response, answer);
  };
}

/** For the request's line in the log; the answer to a keyed request comes as one, also when it is a refusal. */
function noteRefusal(response: Response, { status, body }: Answer): void {
  if (status >= 400)
    response.locals['refusal'] = (body as ReturnType<typeof problems> | undefined)?.errors[0]?.code;
}
