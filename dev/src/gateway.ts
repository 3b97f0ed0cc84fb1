// node dev/dist/gateway.js: what the NGINX ingress does in the cluster, with the routes of its manifest.

import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { createProxyServer } from 'http-proxy-3';
import { routesIn, serviceFor, type Route } from './ingress.js';

type Options = Readonly<{ routes: readonly Route[]; addressOf: (service: string) => string | undefined }>;

const manifest = join(__dirname, '..', '..', 'infra', 'k8s', 'base', 'ingress.yaml');

export function createGateway({ routes, addressOf }: Options): Server {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const proxy = createProxyServer({ agent });
  proxy.on('error', (_error, _request, response) => {
    if (!('writeHead' in response)) return;
    if (response.headersSent) response.destroy();
    else
      answer(response, 503, 'unavailable', 'The service does not answer at the moment. Try again.', {
        'Retry-After': '1',
      });
  });

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://gateway').pathname;
    if (path === '/') return welcome(routes, response);
    const service = serviceFor(routes, path);
    const target = service && addressOf(service);
    if (!target) return answer(response, 404, 'not-found', 'There is no such thing.');
    overwriteForwarded(request);
    proxy.web(request, response, { target });
  });
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = 66_000;
  return server;
}

// Whatever the client says of itself is replaced, never appended to: services believe exactly one hop.
function overwriteForwarded(request: IncomingMessage): void {
  request.headers['x-forwarded-for'] = request.socket.remoteAddress ?? '';
  request.headers['x-forwarded-proto'] = 'http';
  request.headers['x-forwarded-host'] = request.headers.host ?? '';
  delete request.headers['forwarded'];
}

function answer(response: ServerResponse, status: number, code: string, message: string, headers = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}

function welcome(routes: readonly Route[], response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ ticketing: routes.map(({ path }) => path) }));
}

function main(): void {
  const { PORT = '8080', ...env } = process.env;
  // auth-srv is told by AUTH_URL, and so on.
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
