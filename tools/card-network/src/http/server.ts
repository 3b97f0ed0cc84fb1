// The HTTP side: who calls, what is asked, and the answer on the wire. Plain node:http, because this
// stands in the middle of every benchmarked payment.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Calls, Reply } from '../api/request-processor.js';
import { errorCode, Refused, invalidParameter, unauthorized, unknownFault } from '../api/errors.js';
import type { Faults } from '../faults/faults.js';
import { parseForm } from './form.js';
import { accountId, newId } from '../ids.js';
import type { Account, Ledger } from '../ledger/ledger.js';
import { routeOf } from './routes.js';
import { ledgerSummary } from '../ledger/ledger-summary.js';
import { errorView } from '../api/views.js';
import type { Log } from '../webhooks/webhook-sender.js';

const LARGEST_BODY = 100 * 1024;

type Options = Readonly<{ ledger: Ledger; calls: Calls; faults: Faults; log: Log }>;

export function cardServer(options: Options): Server {
  const accountIds = new Map<string, string>();

  const server = createServer((request, response) => {
    const requestId = newId('req');
    respond(request, response, requestId).catch((thrown: unknown) => {
      if (thrown instanceof Refused) return send(response, requestId, thrown.status, errorView(thrown));
      if (errorCode(thrown) === 'ABORT_ERR') return void response.destroy(); // closing
      options.log('call failed', { requestId, error: String(thrown) });
      send(response, requestId, unknownFault.status, errorView(unknownFault));
    });
  });
  server.keepAliveTimeout = 65_000; // longer than any client keeps an idle connection
  server.headersTimeout = 66_000;
  return server;

  async function respond(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ): Promise<void> {
    const method = request.method ?? 'GET';
    const [path = '', query = ''] = (request.url ?? '/').split('?', 2);
    if (!path.startsWith('/v1/')) return await operate(request, response, requestId, method, path, query);

    const account = authenticated(request);
    const found = routeOf(method, path);
    const body = method === 'GET' ? '' : await read(request);
    if (found === undefined) throw unknownUrl(method, path);
    const key = method === 'POST' ? header(request, 'idempotency-key') : undefined;
    if (key !== undefined && (key === '' || key.length > 255)) {
      throw invalidParameter(
        'parameter_invalid',
        'Idempotency-Key',
        'Idempotency keys have 1 to 255 characters.',
      );
    }

    const reply = await options.calls.answer({
      account,
      ...found,
      form: parseForm(method === 'POST' ? body : query),
      requestId,
      idempotency: key === undefined ? null : { key, fingerprint: fingerprint(path, body) },
    });
    deliver(request, response, requestId, reply);
  }

  /** For operators and tests; not part of Stripe's API. */
  async function operate(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    method: string,
    path: string,
    query: string,
  ): Promise<void> {
    switch (`${method} ${path}`) {
      case 'GET /healthz':
        return send(response, requestId, 200, { status: 'ok' });
      case 'GET /ledger': {
        const accounts = request.headers.authorization ? [authenticated(request)] : options.ledger.accounts();
        const orderId = new URLSearchParams(query).get('orderId');
        return send(response, requestId, 200, ledgerSummary(accounts, orderId));
      }
      case 'GET /control':
        return send(response, requestId, 200, { rules: options.faults.rules(authenticated(request).id) });
      case 'POST /control': {
        const { id } = authenticated(request);
        const set = options.faults.set(id, json(await read(request)));
        if (!set.success) throw invalidParameter('parameter_invalid', 'mode', set.error.message);
        return send(response, requestId, 200, { rules: options.faults.rules(id) });
      }
      default:
        throw unknownUrl(method, path);
    }
  }

  function authenticated(request: IncomingMessage): Account {
    const given = header(request, 'authorization') ?? '';
    let id = accountIds.get(given);
    if (id === undefined) {
      id = accountId(apiKey(given));
      accountIds.set(given, id);
    }
    return options.ledger.account(id);
  }
}

/** Stripe takes the key as a bearer token or as the user name of basic authentication. */
export function apiKey(authorization: string): string {
  const [scheme = '', credentials = ''] = authorization.split(' ', 2);
  const key =
    scheme.toLowerCase() === 'basic'
      ? (Buffer.from(credentials, 'base64').toString().split(':', 1)[0] ?? '')
      : credentials;
  if (key === '') throw unauthorized('You did not provide an API key.');
  if (!key.startsWith('sk_test_') || key.length < 12) {
    throw unauthorized(`Invalid API Key provided: ${key.slice(0, 8)}***`);
  }
  return key;
}

function deliver(request: IncomingMessage, response: ServerResponse, requestId: string, reply: Reply): void {
  switch (reply.kind) {
    case 'cut':
      request.socket.destroy();
      return;
    case 'silence':
      return;
    case 'answer': {
      const key = header(request, 'idempotency-key');
      const version = header(request, 'stripe-version');
      response.writeHead(reply.status, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(reply.body),
        'Request-Id': requestId,
        ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        ...(version === undefined ? {} : { 'Stripe-Version': version }),
        ...(reply.replayed ? { 'Idempotent-Replayed': 'true' } : {}),
        // Asking again with the same key would only bring the stored 500 again.
        ...(reply.replayed && reply.status >= 500 ? { 'Stripe-Should-Retry': 'false' } : {}),
      });
      response.end(reply.body);
    }
  }
}

function send(response: ServerResponse, requestId: string, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Request-Id': requestId,
  });
  response.end(text);
}

async function read(request: IncomingMessage): Promise<string> {
  if (request.headers['content-length'] === '0') return '';
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= LARGEST_BODY) chunks.push(chunk);
    });
    request.on('end', () => {
      if (size > LARGEST_BODY)
        return reject(new Refused(413, { type: 'invalid_request_error', message: 'Request too large.' }));
      const [only] = chunks;
      resolve((chunks.length === 1 && only ? only : Buffer.concat(chunks)).toString('utf8'));
    });
    request.on('error', reject);
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidParameter('parameter_invalid', 'body', 'The body is not JSON.');
  }
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function fingerprint(path: string, body: string): string {
  return createHash('sha1').update(path).update('\n').update(body).digest('base64');
}

function unknownUrl(method: string, path: string): Refused {
  return new Refused(404, {
    type: 'invalid_request_error',
    message: `Unrecognized request URL (${method}: ${path}).`,
  });
}
