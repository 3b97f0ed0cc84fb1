// The Express application of a service: its routes, and what every request passes before and after them.

import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { IdempotencyKeys } from '../documents/idempotency-keys.js';
import { DependencyDown, Refusal } from '../errors.js';
import type { StreamOpener } from '../live/live.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import { send, type Answer } from './answers.js';
import { checksFor } from './checks.js';
import { answerFor, commonRefusals, type RefusalTable } from './errors.js';
import { serveFiles, type Files } from './files.js';
import { withIdempotencyKey } from './idempotency.js';
import { warnAboutProxies } from './network.js';
import { limitShareOfUser } from './overload.js';
import { limitAddresses, limitUsers } from './rate-limit.js';
import { logRequests, recordRefusal } from './request-log.js';
import type { Endpoint, Route } from './route.js';
import { readSession } from './session-cookie.js';
import { sessionKeys } from './session-keys.js';

type Parts = Readonly<{
  routes: readonly Route[];
  files?: Files;
  /** Status and message of each code that the routes declare. */
  refusals: RefusalTable;
  config: Readonly<{
    JWT_KEY?: string | undefined;
    JWT_KEY_PREVIOUS?: string | undefined;
    JWT_PUBLIC_KEYS?: string | undefined;
    COOKIE_SECURE: 'auto' | 'true' | 'false';
    TRUST_PROXY: number;
    REQUEST_TIMEOUT_MS: number;
    RATE_LIMIT_PER_ADDRESS: number;
    RATE_LIMIT_PER_USER: number;
    INVALID_WEBHOOKS_PER_ADDRESS: number;
  }>;
  /** Has this session ended before its token expires? Without it, no route may ask for a user. */
  isRevoked?: ((sid: string) => boolean) | undefined;
  log: Logger;
  metrics: Metrics;
  now: () => Date;
  /** Opens the streams of routes that declare them. */
  live?: StreamOpener;
  /** Stores the answers of idempotent routes. */
  idempotencyKeys?: IdempotencyKeys | undefined;
  readiness: () => Promise<{ ready: boolean; checks: Readonly<Record<string, string>> }>;
}>;

/** Builds the application. Every route answers with JSON or a stream and a request id, within REQUEST_TIMEOUT_MS. */
export function createApp(parts: Parts): Express {
  const { routes, config, log, metrics, now, isRevoked = () => false } = parts;
  const refusals = { ...commonRefusals, ...parts.refusals };
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', config.TRUST_PROXY);

  serveProbes(app, parts);
  app.use(logRequests(log, metrics));
  app.use(helmet());
  app.use(warnAboutProxies(config.TRUST_PROXY, log));
  app.use(readSession({ keys: sessionKeys(config), isRevoked, secure: config.COOKIE_SECURE, now }));
  app.use(limitShareOfUser);
  app.use(limitUsers(config.RATE_LIMIT_PER_USER));
  app.use(limitAddresses(config.RATE_LIMIT_PER_ADDRESS, webhookPaths(routes)));
  for (const route of routes) mount(app, route, parts, refusals);
  serveFiles(app, parts.files ?? {});
  app.use(() => {
    throw new Refusal('not-found');
  });
  app.use(answerErrors(refusals, log));
  return app;
}

function serveProbes(app: Express, { metrics, readiness }: Parts): void {
  app.get('/healthz', (_request, response) => send(response, { status: 200, body: { status: 'ok' } }));
  app.get('/readyz', async (_request, response) => {
    const { ready, checks } = await readiness();
    send(response, { status: ready ? 200 : 503, body: { ready, checks } });
  });
  app.get('/metrics', async (_request, response) => {
    const { checks } = await readiness();
    for (const [dependency, state] of Object.entries(checks))
      metrics.dependencyUp.set({ dependency }, state === 'ok' ? 1 : 0);
    response.setHeader('Content-Type', metrics.registry.contentType);
    response.end(await metrics.registry.metrics());
  });
}

const webhookPaths = (routes: readonly Route[]) =>
  new Set(routes.filter(({ endpoint }) => endpoint.declaration.rawBody).map(({ path }) => path));

function mount(app: Express, { method, path, endpoint }: Route, parts: Parts, refusals: RefusalTable): void {
  const { declaration } = endpoint;
  for (const code of declaration.refusals ?? [])
    if (!(code in refusals)) throw new Error(`${path} declares ${code}, which has no status`);
  if (declaration.user !== 'anyone' && !parts.isRevoked)
    throw new Error(`${path} asks for a user, but its service has no sessions`);

  const setRoute: RequestHandler = (_request, response, next) => {
    response.locals['route'] = path;
    next();
  };
  const answer = answerWithin(
    parts.config.REQUEST_TIMEOUT_MS,
    endpoint,
    handlerOf(endpoint, parts, refusals),
  );
  app[method](path, setRoute, ...checksFor(method, declaration, parts.config), answer);
}

/** A stream that is read but not answered yet. */
type OpenedStream = Awaited<ReturnType<StreamOpener['open']>>;
type Handler = (request: Request, response: Response) => Promise<Answer | OpenedStream>;

function handlerOf(
  endpoint: Endpoint,
  { idempotencyKeys: keys, live, log }: Parts,
  refusals: RefusalTable,
): Handler {
  const { declaration, read, use } = endpoint;
  if (declaration.streams) {
    if (!live) throw new Error(`${declaration.name} streams, but nothing opens streams`);
    return async (request, response) => {
      const answer = await use(read(request, response));
      return answer.watch ? live.open(answer.watch, request, response) : answer;
    };
  }
  if (!declaration.idempotent) return async (request, response) => use(read(request, response));
  if (!keys) throw new Error(`${declaration.name} is idempotent, but its service stores no idempotency keys`);
  return withIdempotencyKey(endpoint, { keys, explain: (error) => answerFor(error, refusals, log), log });
}

// A dependency that does not answer must not keep the client waiting. The work continues; repeating the request is safe.
function answerWithin(timeoutMs: number, { declaration }: Endpoint, handler: Handler): RequestHandler {
  // A cache may store an answer with an ETag and must revalidate it; only a private cache if the answer depends on the user.
  const cacheControl = declaration.user === 'anyone' ? 'no-cache' : 'private, no-cache';
  return async (request, response) => {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new DependencyDown(`an answer within ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      const answer = await Promise.race([handler(request, response), timeout]);
      if ('begin' in answer) return answer.begin();
      const tag = answer.headers?.['ETag'];
      if (tag !== undefined) response.setHeader('Cache-Control', cacheControl).setHeader('ETag', tag);
      recordRefusal(response, answer);
      // `request.fresh` compares the ETag with `If-None-Match`, for GET and HEAD.
      send(response, tag !== undefined && request.fresh ? { status: 304 } : answer);
    } finally {
      clearTimeout(timer);
    }
  };
}

function answerErrors(refusals: RefusalTable, log: Logger): ErrorRequestHandler {
  return (error, _request, response, _next) => {
    const answer = answerFor(error, refusals, log);
    recordRefusal(response, answer);
    if (response.headersSent) response.destroy();
    else send(response, answer);
  };
}
