// Operator commands on the whole system.

import { root } from '@ticketing/common/testing/servers';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@ticketing/common/testing';
import { MongoClient } from 'mongodb';
import { done, password, pay, refused, reserve, signUp, type Person } from '../system/person.js';
import { startCheckedSystem } from '../system/checked-system.js';
import type { System } from '../system/system.js';
import { runOps } from './command.js';

let system: System;
let seller: Person, buyer: Person;
let mongo: MongoClient;

beforeAll(async () => {
  system = await startCheckedSystem();
  [seller, buyer] = [await signUp(system.url('gateway')), await signUp(system.url('gateway'))];
  const { MONGO_URI = '' } = system.serversOf('operator');
  const runtimeAdapters = { os: require('node:os') } as never;
  mongo = await new MongoClient(MONGO_URI, { runtimeAdapters }).connect();
});
afterAll(async () => {
  await mongo.close();
  await system.stop();
});

const ops = (args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}) =>
  runOps(args, { ...system.env, ...env });

test('check finds no difference after a purchase; resync repairs differences that check finds', async () => {
  const ticket = await done(seller.createTicket({ title: 'Cup final', price: '10' }), 201);
  const order = await reserve(buyer, { ticketId: ticket.id });
  await pay(buyer, order.id);
  expect(await ops(['check'])).toEqual({
    code: 0,
    output: '1 tickets, 1 orders, 1 payments\nevery copy agrees with its owner\n',
  });

  const copies = mongo.db('ticketing-orders').collection('tickets');
  const tickets = mongo.db('ticketing-tickets');
  await copies.deleteMany({});
  await tickets.collection('holdings').deleteMany({});
  await tickets.collection('tickets').updateMany(
    {},
    {
      $set: { status: 'available', holds: {}, 'held.sold': 0, 'held.least': 0 },
      $unset: { orderId: '' },
      // Services cache the states that they have written, by version.
      $inc: { version: 1 },
    },
  );
  const broken = await ops(['check']);
  expect(broken.code).toBe(1);
  expect(broken.output).toContain(`tickets ${ticket.id}: orders has no copy`);
  expect(broken.output).toContain(`orders ${order.id}: tickets has no copy`);
  expect(broken.output).toContain('2 differences');

  expect(await ops(['resync', 'orders'])).toEqual({ code: 0, output: 'events published: 1\n' });
  await eventually(async () =>
    expect(await done(seller.showTicket({ ticketId: ticket.id }), 200)).toMatchObject({
      status: 'sold',
      orderId: order.id,
    }),
  );
  expect(await ops(['resync', 'tickets'])).toEqual({ code: 0, output: 'events published: 1\n' });
  expect((await ops(['check'])).code).toBe(0);
});

test('a dead letter is found, shown, replayed and dropped', async () => {
  const letters = mongo.db('ticketing-orders').collection<{ _id: string }>('deadLetters');
  const [good, bad] = ['a'.repeat(24), 'b'.repeat(24)];
  const ticket = await done(seller.createTicket({ title: 'Semi final', price: '10' }), 201);
  const head = {
    specversion: '1.0',
    source: 'tickets',
    subject: ticket.id,
    datacontenttype: 'application/json',
  };
  const data = {
    id: ticket.id,
    version: 7,
    title: 'Moved',
    price: '12.00',
    currency: 'usd',
    userId: 'c'.repeat(24),
  };
  const body = JSON.stringify({ ...head, id: 'one', type: 'ticket:updated', time: new Date(), data });
  const shared = { type: 'ticket:updated', tries: 5, storedAt: new Date(), diedAt: new Date() };
  await letters.insertMany([
    { _id: good, ...shared, body, error: 'TypeError: it was a bug\n  at line 1' },
    { _id: bad, ...shared, body: 'not JSON', error: 'InvalidInput: not an envelope' },
  ] as never);

  const { output } = await ops(['dead-letters']);
  expect(output).toContain(`orders:\n  ${good}`);
  expect(output).toContain('payments:\n  0 dead letters');
  expect((await ops(['dead-letters', 'show', 'orders', good])).output).toContain('at line 1');
  expect(await ops(['dead-letters', 'replay', 'orders', good])).toEqual({
    code: 0,
    output: `handled ${good}\n`,
  });
  const copy = await mongo
    .db('ticketing-orders')
    .collection('tickets')
    .findOne({ _id: ticket.id as never });
  expect(copy).toMatchObject({ title: 'Moved', version: 7 });
  const replay = await ops(['dead-letters', 'replay', 'orders', bad]);
  expect(replay).toMatchObject({ code: 1, output: expect.stringContaining(`${bad} stays: not an envelope`) });
  expect((await ops(['dead-letters', 'drop', 'orders', bad])).output).toBe(`dropped ${bad}\n`);
  expect(await letters.countDocuments()).toBe(0);
});

test('find leads from any id that a person names to the order', async () => {
  const ada = await signUp(system.url('gateway'));
  const ticket = await done(seller.createTicket({ title: 'Finale', price: '10' }), 201);
  const headers = { 'X-Request-Id': 'an-angry-request' };
  const order = await reserve(ada, { ticketId: ticket.id }, { headers });
  await pay(ada, order.id);
  await eventually(async () =>
    expect(await done(ada.showOrder({ orderId: order.id }), 200)).toMatchObject({ status: 'complete' }),
  );
  const payments = mongo.db('ticketing-payments').collection('payments');
  const intent = (await payments.findOne({ _id: order.id as never }))?.['intentId'] as string;

  const line = new RegExp(
    `^order +${order.id} +complete +buyer ${order.userId} +ticket ${ticket.id} +payment ${intent}$`,
    'm',
  );
  const texts = [ada.email.toUpperCase(), order.userId, ticket.id, order.id, intent];
  for (const text of [...texts, 'an-angry-request']) {
    const { code, output } = await ops(['find', text]);
    expect(output).toMatch(line);
    expect(code).toBe(0);
  }
  const { output } = await ops(['find', ada.email]);
  expect(output).toMatch(new RegExp(`^account +${order.userId} +active +email ${ada.email}$`, 'm'));
  const nothing = await ops(['find', 'no-such-request']);
  expect(nothing).toMatchObject({
    code: 1,
    output: expect.stringContaining('nothing is stored under no-such-request'),
  });
});

test('an operator refunds a paid order and releases an unpaid one, and both tickets are for sale again', async () => {
  const ada = await signUp(system.url('gateway'));
  const place = async (title: string) => {
    const { id: ticketId } = await done(seller.createTicket({ title, price: '10' }), 201);
    const { id: orderId } = await reserve(ada, { ticketId });
    return { ticketId, orderId };
  };
  const becomes = (
    { orderId, ticketId }: { orderId: string; ticketId: string },
    status: string,
    ticket: string,
  ) =>
    eventually(async () => {
      expect((await done(ada.showOrder({ orderId }), 200)).status).toBe(status);
      expect((await done(ada.showTicket({ ticketId }), 200)).status).toBe(ticket);
    });
  const [paid, unpaid, placed] = [await place('Row 1'), await place('Row 2'), await place('Row 3')];
  for (const { orderId } of [paid, placed]) await pay(ada, orderId);
  await becomes(paid, 'complete', 'sold');

  expect(await ops(['release', paid.orderId])).toEqual({
    code: 1,
    output: 'A paid order cannot be cancelled. (order-complete)\n',
  });
  expect((await ops(['release', unpaid.orderId, '--by', 'grace'])).code).toBe(0);
  await becomes(unpaid, 'cancelled', 'available');

  const part = await ops(['refund', paid.orderId, '4', '--reason', 'the seat was broken']);
  expect(part).toEqual({ code: 0, output: expect.stringContaining('-1 of 4.00 usd is ') });
  expect((await ops(['refund', paid.orderId])).output).toContain('-2 of 6.00 usd is ');
  await becomes(paid, 'refunded', 'available');
  const { output } = await ops(['history', 'order', paid.orderId]);
  expect(output).toMatch(/operator:\S+ +ops:refund/);

  const byPlace = await ops(['refund', placed.orderId, '--places', `${placed.ticketId}/0`]);
  expect(byPlace).toEqual({ code: 0, output: expect.stringContaining('-1 of 10.00 usd is ') });
  await becomes(placed, 'refunded', 'available');
});

test('a blocked account is signed out of every service and stays out until it is unblocked', async () => {
  const eve = await signUp(system.url('gateway'));
  await done(eve.listOrders(), 200);
  const account = /^account +(\w+)/.exec((await ops(['find', eve.email])).output)?.[1];
  expect(await ops(['block-account', eve.email, '--by', 'grace'])).toEqual({
    code: 0,
    output: `account ${account} is blocked\n`,
  });
  await eventually(() => refused(eve.listOrders(), 401, 'not-signed-in'));
  expect(await eve.signIn({ email: eve.email, password })).toMatchObject({
    status: 403,
    error: { code: 'account-blocked' },
  });

  expect((await ops(['unblock-account', `${account}`], { USER: 'grace' })).code).toBe(0);
  await done(eve.signIn({ email: eve.email, password }), 200);
  await done(eve.listOrders(), 200);
});

test('stuck names what should have ended by itself and what to do, and fails then', async () => {
  expect(await ops(['stuck'])).toEqual({ code: 0, output: 'nothing is stuck\n' });

  const letters = mongo.db('ticketing-tickets').collection('deadLetters');
  const diedAt = new Date();
  await letters.insertOne({ type: 'x', body: '', error: '', tries: 5, storedAt: diedAt, diedAt });
  const action = 'List them with "ops dead-letters list tickets", repair the cause, then replay them.';
  expect(await ops(['stuck'])).toEqual({
    code: 1,
    output: `dead letters of tickets: 1 in number, since ${diedAt.toISOString()}. ${action}\n`,
  });
  await letters.deleteMany({});
});

test.each([
  [[], 'dead-letters [list [service]]'],
  [['find'], 'npm run ops -- find'],
  [['stuck', 'orders'], 'npm run ops -- find'],
  [['block-account'], 'The arguments do not match: block-account <account>'],
  [['block-account', 'ada@example.com', '--by', 'a b'], 'Say who you are: --by=<name>'],
  [['resync'], 'The name of a service is missing. Choose one of auth, tickets, orders, payments.'],
  [
    ['resync', 'expiration'],
    '"expiration" is not valid here. Choose one of auth, tickets, orders, payments.',
  ],
  [
    ['dead-letters', 'list', 'shop'],
    '"shop" is not valid here. Choose one of auth, tickets, orders, expiration, payments, notifications.',
  ],
  [['dead-letters', 'burn', 'orders', 'all'], 'orders knows these commands'],
  [['dead-letters', 'drop', 'orders', 'nobody'], 'there is no dead letter nobody'],
  [['check', 'everything'], 'npm run ops -- check'],
  [['check', '--deep'], "Unknown option '--deep'"],
])('the invalid command %j exits with 2 and a helpful message: %s', async (args, message) => {
  const { code, output } = await ops(args);
  expect(output).toContain(message);
  expect(code).toBe(2);
});

test('in a cluster the same commands run inside the pods', async () => {
  const bin = await mkdtemp(join(tmpdir(), 'ticketing-kubectl-'));
  // A fake kubectl: it records its target, and runs the command here, in the folder of the service.
  const script = `#!/bin/sh
echo "$1 $2 $3 $4" >> ${bin}/calls
service=\${4#deploy/}
cd "${root}/\${service%-depl}"
while [ "$1" != "--" ]; do shift; done
shift
exec "$@"
`;
  await writeFile(join(bin, 'kubectl'), script);
  await chmod(join(bin, 'kubectl'), 0o755);
  const podOf = (service: string) => ({
    ...system.serversOf(service),
    ...system.signer,
    STRIPE_KEY: 'sk_test',
    ACCOUNT_LINK_KEY: 'x'.repeat(32),
    PATH: `${bin}:${process.env['PATH']}`,
  });
  const kubectl = ['--kubectl', '--namespace', 'live'];
  try {
    const unknown = await ops(['block-account', 'nobody@example.com', ...kubectl], podOf('auth'));
    expect(unknown).toEqual({ code: 1, output: 'account nobody@example.com not found\n' });
    const { code, output } = await ops(['dead-letters', 'list', 'payments', ...kubectl], podOf('payments'));
    expect({ code, output }).toEqual({ code: 0, output: 'payments:\n  0 dead letters\n' });
    expect(await readFile(join(bin, 'calls'), 'utf8')).toBe(
      ['auth', 'payments'].map((name) => `-n live exec deploy/${name}-depl\n`).join(''),
    );
  } finally {
    await rm(bin, { recursive: true });
  }
});
