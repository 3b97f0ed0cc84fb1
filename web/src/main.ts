// node web/dist/main.js: serves the shop until SIGTERM or SIGINT, and finishes the answers in flight.

import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { readConfig } from './config.js';
import { readFiles } from './files.js';
import { createSite } from './site.js';

const longestStopMs = 25_000;

function main(): void {
  const config = readConfig(process.env);
  const stopping = new AbortController();
  const server = createSite(config, readFiles(join(__dirname, '..', 'site')), stopping.signal);
  server.on('error', (error) => fail(error.message));
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen({ port: config.PORT, host: config.BIND_ADDRESS }, () =>
    log('info', 'listening', { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      stopping.abort();
      stop(server, sockets);
    });
}

function stop(server: Server, sockets: ReadonlySet<Socket>): void {
  server.close(() => {
    log('info', 'stopped');
    process.exit(0);
  });
  // A connection whose answer is in flight closes with that answer.
  server.closeIdleConnections();
  // Node does not count a connection as idle before its first request.
  for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  setTimeout(() => server.closeAllConnections(), longestStopMs).unref();
}

function fail(message: string): void {
  log('fatal', message);
  process.exit(1);
}

/** One JSON line, as the services write them. */
function log(level: 'info' | 'fatal', msg: string, fields: object = {}): void {
  console.log(JSON.stringify({ level, time: new Date().toISOString(), service: 'web', ...fields, msg }));
}

try {
  main();
} catch (error) {
  fail((error as Error).message);
}
