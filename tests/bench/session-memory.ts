// The memory of ended sessions in a process: `npx tsx --conditions=source --expose-gc tests/bench/session-memory.ts`. The
// database is a stub that returns as many sessions as the argument says, 100,000 by default.

import { randomUUID } from 'node:crypto';
import type { Database } from '@ticketing/common/documents';
import { revokedSessionsIn } from '../../common/src/http/revoked-sessions.js';

// A flat string, as the driver returns it. randomUUID returns a string of linked pieces (a rope).
const flat = (text: string) => Buffer.from(text).toString('latin1');
const twelveHoursMs = 43_200_000;

function* stored(count: number) {
  const expiresAt = Date.now() + twelveHoursMs;
  for (let number = 0; number < count; number += 1)
    yield { _id: flat(randomUUID()), expiresAt: new Date(expiresAt + number), storedAt: new Date(0) };
}

function used(): number {
  if (!globalThis.gc) throw new Error('run with --expose-gc');
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function main(count: number): Promise<void> {
  const model = () => ({ collection: { find: () => stored(count) } });
  const sessions = revokedSessionsIn({ connection: { model } } as unknown as Database, () => new Date());
  const before = used();
  await sessions.refresh();
  const bytes = used() - before;
  // Keeps the sessions alive until here.
  sessions.has('');
  const each = Math.round(bytes / count);
  process.stdout.write(`${count} ended sessions: ${(bytes / 1e6).toFixed(1)} MB, ${each} bytes each\n`);
}

void main(Number(process.argv[2] ?? 100_000));
