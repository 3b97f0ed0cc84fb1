// A proxy before the gateway that compares every answer with the API description.

import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { startSystem, type System } from './system.js';
import { createConformanceCheck } from './conformance.js';

/** Starts the system. `stop` fails when an answer of the gateway does not conform to the API description. */
export async function startCheckedSystem(env: Readonly<Record<string, string>> = {}): Promise<System> {
  const system = await startSystem(env);
  const proxy = await openCheckingProxy(system.url('gateway'));
  return {
    ...system,
    url: (part) => (part === 'gateway' ? proxy.url : system.url(part)),
    async stop() {
      await system.stop();
      await proxy.close();
    },
  };
}

type CheckingProxy = Readonly<{
  url: string;
  /** @throws Error with all deviations */
  close(): Promise<void>;
}>;

/** Opens the proxy on a free port. */
async function openCheckingProxy(upstream: string): Promise<CheckingProxy> {
  const deviationsOf = createConformanceCheck();
  const deviations = new Set<string>();
  const agent = new Agent({ keepAlive: true });

  async function forward(reply: IncomingMessage, incoming: IncomingMessage, response: ServerResponse) {
    // A stream has no end: its head is compared only.
    const isStream = reply.headers['content-type']?.startsWith('text/event-stream');
    const body = isStream ? Buffer.alloc(0) : await buffer(reply);
    const [path = ''] = (incoming.url ?? '').split('?');
    const method = (incoming.method ?? '').toLowerCase();
    const status = reply.statusCode ?? 0;
    // The files of the documentation page are not part of the API.
    if (path.startsWith('/api/') && !path.startsWith('/api/docs'))
      for (const deviation of deviationsOf({
        method,
        path,
        status,
        headers: reply.headers,
        body: body.toString(),
      }))
        deviations.add(deviation);
    response.writeHead(status, reply.rawHeaders);
    if (isStream) reply.pipe(response);
    else response.end(body);
  }

  const server = createServer((incoming, response) => {
    const { method, url, headers } = incoming;
    const outgoing = request(upstream + url, { agent, method, headers }, (reply) => {
      forward(reply, incoming, response).catch((error: Error) => {
        deviations.add(`${method} ${url}: ${error.message}`);
        response.destroy();
      });
    });
    outgoing.once('error', () => response.destroy());
    response.once('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
      if (deviations.size > 0)
        throw new Error(`answers deviate from docs/api/openapi.json:\n${[...deviations].join('\n')}`);
    },
  };
}
