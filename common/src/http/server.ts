// The HTTP server of a service, and how long it waits for its clients.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '../service/config.js';

/** Time for all headers of a request, from its first byte, and for the first request of a connection. */
const headersMs = 10_000;
/** Time for a whole request. The minimum rate of bodies (body.ts) ends most slow ones earlier. */
const requestMs = 30_000;
/**
 * A connection that neither sends nor takes a byte for so long is closed, unless it waits for its next request: a client
 * that does not read its answer keeps it in memory. Longer than the heartbeat of a stream of events, 15 s.
 */
const inactivityMs = 20_000;
// Connections of a sudden crowd wait to be accepted; the system would drop them beyond this number.
const backlog = 4_096;
const closeIdleEveryMs = 100;

/** Creates the server. From `stopping` on, each answer closes its connection. */
export function createHttpServer(listener: RequestListener, stopping: AbortSignal): Server {
  const server = createServer({ connectionsCheckingInterval: 1_000 }, listener);
  // A proxy would otherwise continue to send requests on its open connections.
  server.prependListener('request', (_request, response) => {
    if (stopping.aborted) response.setHeader('Connection', 'close');
  });
  // Longer than the 60 s of NGINX, which would otherwise send a request into a connection that is being closed.
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = headersMs;
  server.requestTimeout = requestMs;
  server.timeout = inactivityMs;
  return server;
}

/**
 * Listens on `PORT` of `BIND_ADDRESS`, by default of every address. Returns the URL on this machine.
 * @throws ConfigError if another program uses the port
 */
export async function listen(
  server: Server,
  { PORT: port, BIND_ADDRESS: host }: Readonly<{ PORT: number; BIND_ADDRESS?: string | undefined }>,
): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE' ? new ConfigError(`PORT ${port} is in use by another program`) : error,
      ),
    );
    server.listen({ port, host, backlog }, resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  // The connection of a request that was in flight becomes idle later. It would stay open for `keepAliveTimeout`.
  const timer = setInterval(() => server.closeIdleConnections(), closeIdleEveryMs);
  await closed;
  clearInterval(timer);
}
