import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ports that systems give to outgoing connections (Linux from 32,768, others from 49,152), so that none of those
// takes the port before its server does.
const [lowest, beyond] = [10_240, 27_000];
const given = new Set<number>();

/** A TCP port of 127.0.0.1 that no process listens on now, and that this process was not given before. */
export async function freePort(): Promise<number> {
  const port = randomInt(lowest, beyond);
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
