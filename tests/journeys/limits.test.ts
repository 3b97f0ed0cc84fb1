// The rate limit per client address, behind the gateway.

import { request } from 'node:http';
import { startSystem, type System } from '../system/system.js';

const limit = 30;
let system: System;

beforeAll(async () => {
  system = await startSystem({ RATE_LIMIT_PER_ADDRESS: `${limit}`, TRUST_PROXY: '1' });
});
afterAll(() => system.stop());

/** Sends a request from one of the loopback addresses. */
async function send(from: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number | undefined; retryAfter: string | undefined }>((resolve, reject) => {
    const url = `${system.url('gateway')}/api/tickets`;
    const outgoing = request(url, { localAddress: from, headers, agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        resolve({ status: answer.statusCode, retryAfter: answer.headers['retry-after'] }),
      );
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}

test('a client is limited by its own address, despite forged headers, and other clients are not', async () => {
  const forged = (index: number) => ({
    'X-Forwarded-For': `6.6.${index}.6, 7.7.7.${index}`,
    'X-Real-IP': `6.6.6.${index}`,
    Forwarded: `for=6.6.6.${index}`,
  });
  for (let index = 0; index < limit; index += 1)
    expect((await send('127.0.0.2', forged(index))).status).toBe(200);

  const refused = await send('127.0.0.2', forged(limit));
  expect(refused.status).toBe(429);
  expect(Number(refused.retryAfter)).toBeGreaterThan(0);
  expect((await send('127.0.0.3', { 'X-Forwarded-For': '127.0.0.2' })).status).toBe(200);
});
