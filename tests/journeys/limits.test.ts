// Whom the system counts, when everybody comes through the gateway.

import { request } from 'node:http';
import { startSystem, type System } from '../system/system.js';

const limit = 30;
let system: System;

beforeAll(async () => {
  system = await startSystem({ RATE_LIMIT_PER_ADDRESS: `${limit}` });
});
afterAll(() => system.stop());

/** Asks from one of this machine's own addresses. */
async function ask(from: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number | undefined; retryAfter: string | undefined }>((resolve, reject) => {
    const url = `${system.url('gateway')}/api/tickets`;
    const asking = request(url, { localAddress: from, headers, agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        resolve({ status: answer.statusCode, retryAfter: answer.headers['retry-after'] }),
      );
    });
    asking.once('error', reject);
    asking.end();
  });
}

test('a client is counted by its own address, whatever it says of it, and the others beside it are not', async () => {
  const lies = (index: number) => ({
    'X-Forwarded-For': `6.6.${index}.6, 7.7.7.${index}`,
    'X-Real-IP': `6.6.6.${index}`,
    Forwarded: `for=6.6.6.${index}`,
  });
  for (let index = 0; index < limit; index += 1)
    expect((await ask('127.0.0.2', lies(index))).status).toBe(200);

  const refused = await ask('127.0.0.2', lies(limit));
  expect(refused.status).toBe(429);
  expect(Number(refused.retryAfter)).toBeGreaterThan(0);
  expect((await ask('127.0.0.3', { 'X-Forwarded-For': '127.0.0.2' })).status).toBe(200);
});
