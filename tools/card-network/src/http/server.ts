// The HTTP server: authenticates a request, finds its route and sends the reply.
// Uses node:http without a framework, because every benchmarked payment passes through it.
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { ApiError, errorView, internalError, invalidParameter } from '../api/errors.js';
import { parseForm } from '../api/form.js';
import type { RequestProcessor } from '../api/request-processor.js';
import type { Faults } from '../faults/faults.js';
import { newId } from '../ids.js';
import type { Idempotency } from '../ledger/entry.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Log } from '../log.js';
import { nodeErrorCode } from '../node-error.js';
import { handleChallenge } from '../challenge/challenge-routes.js';
import { Authentication, secretKeyRequired } from './authentication.js';
import { allowAnyOrigin, sendPreflight } from './cross-origin.js';
import { handleOperatorRoute } from './operator-routes.js';
import { header, readBody, unknownUrl } from './request.js';
import { sendJson, sendReply, type Exchange } from './response.js';
import { findRoute, isPublicPath } from './routes.js';

type Options = Readonly<{ ledger: Ledger; processor: RequestProcessor; faults: Faults; log: Log }>;
type Context = Options & Readonly<{ authentication: Authentication }>;

export function createCardServer(options: Options): Server {
  const context = { ...options, authentication: new Authentication(options.ledger) };

  const server = createServer((request, response) => {
    const exchange = { request, response, requestId: newId('req') };
    handle(context, exchange).catch((thrown: unknown) => sendError(context, exchange, thrown));
  });
  server.keepAliveTimeout = 65_000; // longer than any client keeps an idle connection
  server.headersTimeout = 66_000;
  return server;
}

async function handle(context: Context, exchange: Exchange): Promise<void> {
  const { request } = exchange;
  const method = request.method ?? 'GET';
  const [path = '', query = ''] = (request.url ?? '/').split('?', 2);
  const forBrowsers = path === '/challenge' || isPublicPath(path);
  if (method === 'OPTIONS' && forBrowsers) return sendPreflight(exchange);
  if (forBrowsers) allowAnyOrigin(exchange);
  if (path === '/challenge') return await handleChallenge(context, exchange, { method, query });
  if (!path.startsWith('/v1/')) {
    return await handleOperatorRoute(context, exchange, { method, path, query });
  }
  return await handleApiRequest(context, exchange, { method, path, query });
}

async function handleApiRequest(
  { authentication, processor }: Context,
  exchange: Exchange,
  { method, path, query }: Readonly<{ method: string; path: string; query: string }>,
): Promise<void> {
  const { request } = exchange;
  const { account, publishable } = authentication.callerOf(request, query);
  const body = method === 'GET' ? '' : await readBody(request);
  const found = findRoute(method, path, publishable);
  if (found === undefined) throw publishable ? secretKeyRequired() : unknownUrl(method, path);

  const reply = await processor.process({
    account,
    ...found,
    idempotency: method === 'POST' ? idempotencyOf(exchange, path, body) : null,
    form: parseForm(method === 'POST' ? body : query),
    requestId: exchange.requestId,
    origin: `http://${header(request, 'host') ?? 'localhost'}`,
  });

  sendReply(exchange, reply);
}

function idempotencyOf({ request }: Exchange, path: string, body: string): Idempotency | null {
  const key = header(request, 'idempotency-key');
  if (key === undefined) return null;
  if (key === '' || key.length > 255) {
    throw invalidParameter(
      'parameter_invalid',
      'Idempotency-Key',
      'Idempotency keys have 1 to 255 characters.',
    );
  }
  const fingerprint = createHash('sha1').update(path).update('\n').update(body).digest('base64');
  return { key, fingerprint };
}

function sendError({ log }: Options, exchange: Exchange, thrown: unknown): void {
  if (thrown instanceof ApiError) return sendJson(exchange, thrown.status, errorView(thrown));
  if (nodeErrorCode(thrown) === 'ABORT_ERR') return void exchange.response.destroy(); // the network closes
  log('call failed', { requestId: exchange.requestId, error: String(thrown) });
  sendJson(exchange, internalError.status, errorView(internalError));
}
