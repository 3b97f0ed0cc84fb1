// The HTTP server of the page `/inspect`. Only pages of the gateway reach it, and only from this machine.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Feed } from './feed.js';
import { isService, type ServiceName } from './services.js';

type Options = Readonly<{ gatewayPort: number; feed: Feed; kill: (service: ServiceName) => void }>;

export function createInspectServer({ gatewayPort, feed, kill }: Options): Server {
  const hosts = ['localhost', '127.0.0.1'].map((name) => `${name}:${gatewayPort}`);

  return createServer((request, response) => {
    const { method, url: path = '/' } = request;
    if (path === '/healthz') return answer(response, 200);
    // A page elsewhere could make its own name point to this machine (DNS rebinding).
    if (!hosts.includes(request.headers.host ?? '')) return answer(response, 403);
    if (path === '/inspect/api/events' && method === 'GET') return feed.follow(response);
    const name = /^\/inspect\/api\/services\/(\w+)\/kill$/.exec(path)?.[1];
    if (!isService(name) || method !== 'POST') return answer(response, 404);
    if (!isFromPage(request, hosts)) return answer(response, 403);
    kill(name);
    return answer(response, 202);
  });
}

/** A browser names the origin of the page that sends a POST, and no page can forge it. */
const isFromPage = ({ headers: { origin } }: IncomingMessage, hosts: readonly string[]): boolean =>
  hosts.some((host) => origin === `http://${host}`);

const problems: Readonly<Record<number, object>> = {
  403: { code: 'cross-origin', message: 'Only the page /inspect on this machine may ask for this.' },
  404: { code: 'not-found', message: 'This does not exist.' },
};

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'X-Content-Type-Options': 'nosniff' });
  response.end(JSON.stringify(problems[status] ? { errors: [problems[status]] } : {}));
}
