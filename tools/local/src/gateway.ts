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

type Options = Readonly<{ routes: readonly Route[]; addressOf: (service: string) => string | undefined }>;

const manifest = join(root, 'infra', 'k8s', 'base', 'ingress.yaml');

// Written by hand, because the maintained proxy libraries need Node 22.
export function createGateway({ routes, addressOf }: Options): Server {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });

  const server = createServer((incoming, response) => {
    const path = (incoming.url ?? '/').split('?', 1)[0] ?? '/';
    if (path === '/') return welcome(routes, response);
    const service = serviceFor(routes, path);
    const address = service && addressOf(service);
    if (!address) return answer(response, 404, 'not-found', 'No service handles this path.');

    const { hostname, port } = new URL(address);
    const { method, url } = incoming;
    const outgoing = request(
      { agent, hostname, port, method, path: url, headers: forwarded(incoming) },
      (reply) => {
        response.writeHead(reply.statusCode ?? 502, withoutHopByHop(reply.headers));
        pipeline(reply, response, () => undefined);
      },
    );
    outgoing.once('error', () => {
      if (response.headersSent) response.destroy();
      else answer(response, 503, 'unavailable', 'The service is unavailable. Try again.');
    });
    // A client that disconnects cancels its upstream request. After an early response the gateway reads the rest of the
    // body, because the next request follows it on the same connection.
    response.once('close', () => {
      incoming.unpipe(outgoing).resume();
      outgoing.destroy();
    });
    incoming.pipe(outgoing);
  });
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = 66_000;
  return server;
}

// The client's forwarding headers are replaced, never extended: the services trust exactly one hop.
function forwarded(incoming: IncomingMessage): OutgoingHttpHeaders {
  const { forwarded: _, ...headers } = withoutHopByHop(incoming.headers);
  return {
    ...headers,
    'x-forwarded-for': incoming.socket.remoteAddress ?? '',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': incoming.headers.host ?? '',
  };
}

function withoutHopByHop(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const { connection: _, 'keep-alive': __, 'proxy-connection': ___, upgrade: ____, ...rest } = headers;
  return rest;
}

const plain = { 'Content-Type': 'application/json; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };

function answer(response: ServerResponse, status: number, code: string, message: string): void {
  const retry = status === 503 && { 'Retry-After': '1' };
  response.writeHead(status, { ...plain, ...retry });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}

function welcome(routes: readonly Route[], response: ServerResponse): void {
  response.writeHead(200, plain);
  response.end(JSON.stringify({ ticketing: routes.map(({ path }) => path) }));
}

function main(): void {
  const { PORT = '8080', ...env } = process.env;
  // AUTH_URL is the address of auth-srv, and so on.
  const addressOf = (service: string) => env[`${service.replace(/-srv$/, '').toUpperCase()}_URL`];
  const server = createGateway({ routes: routesIn(manifest), addressOf });
  server.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  server.listen(Number(PORT));
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      server.close(() => process.exit(0));
      server.closeAllConnections();
    });
}

if (require.main === module) main();
