// 2,000 orders that expire at the same instant.

import { setTimeout as delay } from 'node:timers/promises';
import { OrderCreated, toEnvelope } from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { MongoClient } from 'mongodb';
import { offer, type Figures } from './measures.js';
import type { Target } from './client.js';

const reserveWithinMs = 20_000;
const releaseWithinMs = 60_000;

/**
 * Measures when the tickets of orders with the same `expiresAt` are available again. HTTP cannot place such orders,
 * so they are inserted into the store of orders, with their events in the outbox.
 */
export async function expiring(target: Target, count = 2_000): Promise<Figures> {
  const ids = await offer(target, count);
  const mongo = await new MongoClient(target.mongo).connect();
  try {
    const orders = mongo
      .db('ticketing-orders')
      .collection<{ _id: string; expiresAt: Date; history: { at: Date }[] }>('orders');
    const tickets = mongo.db('ticketing-tickets').collection<{ _id: string }>('tickets');
    const expiresAt = new Date(Date.now() + reserveWithinMs);
    const placed = ids.map((ticketId) => orderDocument(ticketId, expiresAt));
    await orders.insertMany(placed as never);
    const reserved = async () => tickets.countDocuments({ _id: { $in: ids }, status: 'reserved' });

    while ((await reserved()) < count) {
      if (Date.now() > expiresAt.getTime() - 2_000) throw new Error('the tickets were not reserved in time');
      await delay(100);
    }
    await delay(expiresAt.getTime() - Date.now());
    while ((await reserved()) > 0) {
      if (Date.now() > expiresAt.getTime() + releaseWithinMs) throw new Error('tickets are still reserved');
      await delay(20);
    }
    const lastReleasedAfter = (Date.now() - expiresAt.getTime()) / 1_000;
    const early = await orders.countDocuments({
      _id: { $in: placed.map(({ _id }) => _id) },
      'history.at': { $lt: expiresAt },
      status: 'cancelled',
    });
    return { '2,000 due: last ticket free after s': lastReleasedAfter, '2,000 due: early': early };
  } finally {
    await mongo.close();
  }
}

function orderDocument(ticketId: string, expiresAt: Date) {
  const [id, userId, version] = [newId(), newId(), 0];
  const ticket = { id: ticketId, title: 'Seat', currency: 'usd' as const, version: 0 };
  const event = OrderCreated({
    id,
    userId,
    version,
    status: 'created',
    expiresAt: expiresAt.toISOString(),
    ticket: { ...ticket, price: '19.99' },
  });
  // Old enough for the outbox sweep.
  const outbox = [toEnvelope(event, jobCause('bench'), new Date(Date.now() - 5_000))];
  const state = {
    userId,
    ticket: { ...ticket, priceInMinorUnits: 1_999 },
    status: 'created',
    expiresAt,
    version,
  };
  return { _id: id, ...state, outbox, history: [], changedAt: new Date() };
}
