// A thread of crowding.ts, so that the attack does not slow down its measurement: sends forged webhooks until it receives
// a message, then posts how often it got which status.

import { parentPort, workerData } from 'node:worker_threads';
import { openClient } from './bystanders.js';

export type WebhookFlood = Readonly<{
  payments: string;
  bytes: number;
  /** the start of the senders' addresses, such as `127.0.6`, and how many there are */
  prefix: string;
  addresses: number;
}>;

const lanes = 30;

async function main({ payments, bytes, prefix, addresses }: WebhookFlood): Promise<void> {
  const body = Buffer.alloc(bytes, 'x');
  const statuses: Record<number, number> = {};
  let isOver = false;
  parentPort?.once('message', () => (isOver = true));
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      const client = openClient(`${prefix}.${1 + (lane % addresses)}`);
      while (!isOver) {
        const headers = { 'Stripe-Signature': `t=${Math.floor(Date.now() / 1_000)},v1=${'0'.repeat(64)}` };
        const request = { method: 'POST', path: '/api/payments/webhook', headers, body };
        const { status } = await client.send(payments, request);
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
      client.close();
    }),
  );
  parentPort?.postMessage(statuses);
}

if (workerData) void main(workerData as WebhookFlood);
