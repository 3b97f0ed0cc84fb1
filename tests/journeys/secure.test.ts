// `npm start -- --secure`: a purchase works with a user for each service, no user reaches what belongs to another, and only
// auth signs sessions.

import { connect } from 'node:net';
import { issueToken, sessionKeys } from '@ticketing/common/http';
import { newId } from '@ticketing/common/id';
import { eventually } from '@ticketing/common/testing';
import { MongoClient } from 'mongodb';
import { done, pay, reserve, signUp } from '../system/person.js';
import { redisAnswers } from '../system/redis-answers.js';
import { startSystem, type System } from '../system/system.js';

let system: System;
beforeAll(async () => {
  system = await startSystem({ SECURE: '1' });
});
afterAll(() => system.stop());

const services = ['auth', 'tickets', 'orders', 'payments', 'notifications'] as const;
const portOf = (part: 'mongo' | 'redis') => Number(new URL(system.url(part)).port);

async function countIn(owner: string, uri: string): Promise<number> {
  const runtimeAdapters = { os: require('node:os') } as never;
  const client = new MongoClient(uri, { runtimeAdapters, serverSelectionTimeoutMS: 5_000 });
  try {
    return await client.db(`ticketing-${owner}`).collection('things').countDocuments();
  } finally {
    await client.close();
  }
}

test('a ticket is sold', async () => {
  const [seller, buyer] = [await signUp(system.url('gateway')), await signUp(system.url('gateway'))];
  const { id: ticketId } = await done(seller.createTicket({ title: 'Cup final', price: '10' }), 201);
  const { id: orderId } = await reserve(buyer, { ticketId });
  await pay(buyer, orderId);
  await eventually(async () =>
    expect(await done(seller.showTicket({ ticketId }), 200)).toMatchObject({ status: 'sold' }),
  );
});

test.each(services)('the user of %s may use its own database in MongoDB and no other', async (service) => {
  const { MONGO_URI = '' } = system.serversOf(service);
  expect(await countIn(service, MONGO_URI)).toBe(0);
  for (const other of services.filter((name) => name !== service))
    await expect(countIn(other, MONGO_URI)).rejects.toThrow(/not authorized/);
});

test.each(services)(
  '%s accepts sessions that auth signs, and none that a service can sign',
  async (service) => {
    const path = `/api/${service === 'auth' ? 'users' : service}/office/overview`;
    const operator = { id: newId(), email: 'ada@example.com', role: 'operator' } as const;
    const statusOf = async (signer: System['signer']) => {
      const headers = { authorization: `Bearer ${issueToken(operator, sessionKeys(signer))}` };
      return (await fetch(`${system.url(service)}${path}`, { headers })).status;
    };
    expect(await statusOf(system.signer)).toBe(200);
    expect(await statusOf({ JWT_KEY: system.jwtKey })).toBe(401);
  },
);

test('MongoDB and Redis answer no client without TLS', async () => {
  const uri = `mongodb://127.0.0.1:${portOf('mongo')}/?directConnection=true`;
  await expect(countIn('orders', uri)).rejects.toThrow(/closed|reset|timed out/);
  expect(await redisAnswers(connect(portOf('redis'), '127.0.0.1'), 'PING')).toEqual([]);
});
