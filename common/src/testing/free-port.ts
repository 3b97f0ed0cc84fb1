import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ports that systems give to outgoing connections (Linux from 32,768, others from 49,152), so that none of those
// takes the port before its server does.
const [lowest, beyond] = [10_240, 27_000];
// The workers of a test run start servers at the same time, and a port is free until its server listens: each worker has
// ports of its own.
const shares = 8;
const perShare = Math.floor((beyond - lowest) / shares);
const first = lowest + (Number(process.env['JEST_WORKER_ID'] ?? 0) % shares) * perShare;
const given = new Set<number>();

/** A TCP port of 127.0.0.1 that no process listens on now, and that this process was not given before. */
export async function freePort(): Promise<number> {
  const port = randomInt(first, first + perShare);
  if (given.has(port) || !(await isFree(port))) return freePort();
  given.add(port);
  return port;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
