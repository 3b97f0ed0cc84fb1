// Attack: a pod with the credentials of tickets, whose events orders consumes, on a bus with users. The purchase works under
// the same permissions. Every request that the bus refuses: common/src/bus/permissions.service.test.ts.

import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { natsAuthorization } from '@ticketing/common/bus/permissions';
import { toEnvelope, PaymentCreated } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { eventually } from '@ticketing/common/testing';
import { freePort, startOwnServer } from '@ticketing/common/testing/servers';
import { openShop, type Shop } from './others.js';

const NAMESPACE = `test-${newId()}`;
const passwordOf = (user: string) => `p-${user}-${NAMESPACE}`;

let dir: string;
let server: Awaited<ReturnType<typeof startOwnServer>>;
let shop: Shop;

const urlFor = (user: string) => server.url.replace('//', `//${user}:${passwordOf(user)}@`);

/** Publishes by the protocol of NATS, past our own code. Resolves when the server has read it. */
async function publishAs(user: string, subject: string, body: string): Promise<void> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  const options = JSON.stringify({ user, pass: passwordOf(user), verbose: false });
  socket.write(`CONNECT ${options}\r\nPUB ${subject} ${Buffer.byteLength(body)}\r\n${body}\r\nPING\r\n`);
  await new Promise<void>((resolve) => {
    socket.on('data', (data) => void (data.includes('PONG') && resolve()));
  });
  socket.destroy();
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ticketing-users-'));
  const settings = natsAuthorization(NAMESPACE, (user) => `"${passwordOf(user)}"`);
  server = await startOwnServer('nats', { port: await freePort(), dir, settings, say: () => undefined });
  const LISTENER_NATS_URL = urlFor('operator');
  const bus = { EVENT_BUS: 'jetstream', NAMESPACE, LISTENER_NATS_URL };
  shop = await openShop(bus, (service) => ({ NATS_URL: urlFor(service) }));
});
afterAll(async () => {
  await shop.stop();
  await server.child.stop();
  await rm(dir, { recursive: true });
});

test('a purchase works while each service has only its own permissions', () => shop.buy());

test('an order is not completed by a payment that another service than payments publishes', async () => {
  const order = await shop.order();
  const payment = { orderId: order.id, id: newId(), version: 1, amount: '19.99', currency: 'usd' as const };
  const event = PaymentCreated({ ...payment, stripeId: `pi_${newId()}` });
  const forged = toEnvelope(event, jobCause('hostile'), new Date());
  await publishAs('tickets', `${NAMESPACE}.payment.created.${order.id}`, JSON.stringify(forged));
  await publishAs('tickets', `${NAMESPACE}.ticket.updated.${order.id}`, JSON.stringify(forged));
  await shop.buy();
  expect(await shop.statusOf(order)).toBe('created');
  await shop.pay(order);
  await eventually(async () => expect(await shop.statusOf(order)).toBe('complete'));
});
