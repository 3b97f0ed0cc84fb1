// node tools/local/dist/gateway.js: the local counterpart of the cluster's NGINX ingress, with the routes of its manifest.

import { root } from '@ticketing/common/testing/servers';
import {
  Agent,
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { routesIn, serviceFor, type Route } from './ingress.js';

type Options = Readonly<{
  routes: readonly Route[];
  /** The processes of a service. */
  addressesOf: (service: string) => readonly string[];
  /** Tell the services the address of the client? */
  reportsAddress: boolean;
}>;

const manifest = join(root, 'infra', 'k8s', 'base', 'ingress.yaml');
/** The page `/inspect` of a local system, which no cluster has. It kills services, so other machines do not reach it. */
const inspectService = 'inspect';
const inspectRoute: Route = { path: '/inspect/api', service: inspectService };
/** As NGINX by default. */
const maxBytes = 1_024 * 1_024;

// Written by hand, because the maintained proxy libraries need Node 22. Like NGINX, it reads a whole body before it
// calls a service, so that a slow client costs the service nothing.
// The processes of a service are called in turn. A request goes to another one only if nothing of it was sent.
export function createGateway({ routes, addressesOf, reportsAddress }: Options): Server {
  const agent = new Agent({ keepAlive: true });
  let requests = 0;

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (incoming.url ?? '/').split('?', 1)[0] ?? '/';
    const service = serviceFor(routes, path);
    const isAllowed = service !== inspectService || isOnThisMachine(incoming.socket.remoteAddress);
    const addresses = service && isAllowed ? addressesOf(service) : [];
    const answer = wantsPage(incoming) ? answerPage : answerJson;
    if (addresses.length === 0) return answer(response, 404, 'not-found', 'No service handles this path.');

    const body = await bodyOf(incoming);
    if (body === 'aborted') return;
    if (body === 'too-large') return answer(response, 413, 'body-too-large', 'The body is too large.');

    const { method, url } = incoming;
    const headers = {
      ...withoutHopByHop(incoming.headers),
      ...(body && { 'content-length': body.length }),
      ...(reportsAddress && addressHeaders(incoming)),
    };
    const first = requests++;
    const call = (tries: number): void => {
      const { hostname, port } = new URL(addresses[(first + tries) % addresses.length] ?? '');
      const outgoing = request({ agent, hostname, port, method, path: url, headers }, (reply) => {
        response.writeHead(reply.statusCode ?? 502, withoutHopByHop(reply.headers));
        pipeline(reply, response, () => undefined);
      });
      outgoing.once('error', ({ code }: NodeJS.ErrnoException) => {
        if (response.headersSent) response.destroy();
        else if (code === 'ECONNREFUSED' && tries + 1 < addresses.length) call(tries + 1);
        else answer(response, 503, 'unavailable', 'The service is unavailable. Try again.');
      });
      // A client that disconnects cancels its upstream request.
      response.once('close', () => outgoing.destroy());
      outgoing.end(body);
    };
    call(0);
  }

  const server = createServer((incoming, response) => void handle(incoming, response));
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = 10_000;
  return server;
}

/** The whole body; undefined if the request has none. The rest of a body that is too large is read and dropped. */
async function bodyOf(incoming: IncomingMessage): Promise<Buffer | 'too-large' | 'aborted' | undefined> {
  const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers;
  if (length === undefined && encoding === undefined) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve) => {
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else resolve('too-large');
    });
    incoming.once('end', () => resolve(Buffer.concat(chunks)));
    incoming.once('close', () => resolve('aborted'));
    incoming.on('error', () => resolve('aborted'));
  });
}

export const isOnThisMachine = (address: string | undefined): boolean =>
  /^(::ffff:)?127\.|^::1$/.test(address ?? '');

const addressHeaders = ({ socket, headers }: IncomingMessage): OutgoingHttpHeaders => ({
  'x-forwarded-for': socket.remoteAddress ?? '',
  'x-forwarded-proto': 'http',
  'x-forwarded-host': headers.host ?? '',
});

// Hop-by-hop headers, and headers by which a client could forge its address.
const dropped = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'transfer-encoding', 'expect'],
  ...['forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'],
]);

function withoutHopByHop(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}

/** Does a browser show the answer to a person? */
const wantsPage = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && /\btext\/html\b/.test(headers.accept ?? '');

function answerJson(response: ServerResponse, status: number, code: string, message: string): void {
  send(response, status, 'application/json', JSON.stringify({ errors: [{ code, message }] }));
}

/** While a service is away, its page tries again by itself. */
function answerPage(response: ServerResponse, status: number, _code: string, message: string): void {
  const refresh = status === 503 ? '<meta http-equiv="refresh" content="2">' : '';
  send(
    response,
    status,
    'text/html',
    `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
${refresh}<title>Ticketing</title>
<body style="font: 1.1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem">
<h1>${status === 503 ? 'One moment, please' : 'Nothing is here'}</h1>
<p>${message}${status === 503 ? ' This page does so every two seconds.' : ''}</p>
<p><a href="/">To the shop</a> · <a href="/api/docs">API</a></p>
</body>
</html>
`,
  );
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    'Content-Type': `${type}; charset=utf-8`,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
    ...(status === 503 && { 'Retry-After': '1' }),
  });
  response.end(text);
}

function main(): void {
  const { PORT = '8080', BIND_ADDRESS = '127.0.0.1', TRUST_PROXY, ...env } = process.env;
  // AUTH_URL has the addresses of auth-srv, and so on.
  const addressesOf = (service: string) =>
    (env[`${service.replace(/-srv$/, '').toUpperCase()}_URL`] ?? '').split(',').filter(Boolean);
  const options = {
    routes: [...routesIn(manifest), inspectRoute],
    addressesOf,
    reportsAddress: TRUST_PROXY !== '0',
  };
  // The gateway also listens on localhost, whatever BIND_ADDRESS is: the card network sends its webhooks there.
  const isEvery = ['0.0.0.0', '::'].includes(BIND_ADDRESS);
  for (const host of isEvery ? [BIND_ADDRESS] : new Set(['127.0.0.1', BIND_ADDRESS])) {
    const server = createGateway(options);
    server.on('error', (error) => {
      console.error(error.message);
      process.exit(1);
    });
    server.listen(Number(PORT), host);
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
}

if (require.main === module) main();
