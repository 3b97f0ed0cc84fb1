// Stands before the gateway and compares every answer with the API description, whoever asks: our client, curl, a browser.

import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { startSystem, type System } from './system.js';
import { createJudge } from './judge.js';

/** Starts the system; its gateway's answers must be as described, or stopping it fails. */
export async function startWitnessed(env: Readonly<Record<string, string>> = {}): Promise<System> {
  const system = await startSystem(env);
  const witness = await openWitness(system.url('gateway'));
  return {
    ...system,
    url: (part) => (part === 'gateway' ? witness.url : system.url(part)),
    async stop() {
      await system.stop();
      await witness.conclude();
    },
  };
}

type Witness = Readonly<{
  url: string;
  /** @throws Error that names the operations whose answers were not as described */
  conclude(): Promise<void>;
}>;

/** Opens on a port of its own before the gateway at `upstream`. */
async function openWitness(upstream: string): Promise<Witness> {
  const judge = createJudge();
  const problems = new Set<string>();
  const agent = new Agent({ keepAlive: true });

  async function pass(reply: IncomingMessage, incoming: IncomingMessage, response: ServerResponse) {
    const body = await buffer(reply);
    const [path = ''] = (incoming.url ?? '').split('?');
    const method = (incoming.method ?? '').toLowerCase();
    const status = reply.statusCode ?? 0;
    // The page's own files are no part of the API.
    if (path.startsWith('/api/') && !path.startsWith('/api/docs'))
      for (const problem of judge({ method, path, status, headers: reply.headers, body: body.toString() }))
        problems.add(problem);
    response.writeHead(status, reply.rawHeaders);
    response.end(body);
  }

  const server = createServer((incoming, response) => {
    const { method, url, headers } = incoming;
    const outgoing = request(upstream + url, { agent, method, headers }, (reply) => {
      pass(reply, incoming, response).catch((error: Error) => {
        problems.add(`${method} ${url}: ${error.message}`);
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
    async conclude() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
      if (problems.size > 0)
        throw new Error(`answers that docs/api/openapi.json does not describe:\n${[...problems].join('\n')}`);
    },
  };
}
