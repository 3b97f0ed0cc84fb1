// Orders that expire at the same instant: of as many tickets, or of the places of one.

import { setTimeout as delay } from 'node:timers/promises';
import { claimOf, OrderCreated, toEnvelope } from '@ticketing/common/events';
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
export async function expiring(target: Target, count = 2_000, ofOneTicket = false): Promise<Figures> {
  const ids = await offer(target, ofOneTicket ? 1 : count, ofOneTicket ? { quantity: count } : {});
  const mongo = await new MongoClient(target.mongo).connect();
  try {
    const orders = mongo
      .db('ticketing-orders')
      .collection<{ _id: string; expiresAt: Date; history: { at: Date }[] }>('orders');
    const tickets = mongo.db('ticketing-tickets').collection<{ _id: string; held: Held }>('tickets');
    const expiresAt = new Date(Date.now() + (ofOneTicket ? 3 : 1) * reserveWithinMs);
    const placed = Array.from({ length: count }, (_, at) =>
      ofOneTicket ? orderDocument(ids[0] ?? '', expiresAt, at) : orderDocument(ids[at] ?? '', expiresAt),
    );
    await orders.insertMany(placed as never);
    const reserved = async () => {
      const found = await tickets.find({ _id: { $in: ids } }, { projection: { held: 1 } }).toArray();
      return found.reduce((sum, { held }) => sum + held.reserved, 0);
    };

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
    const name = `${count.toLocaleString('en')} due${ofOneTicket ? ' of one ticket' : ''}`;
    return { [`${name}: last place free after s`]: lastReleasedAfter, [`${name}: early`]: early };
  } finally {
    await mongo.close();
  }
}

type Held = Readonly<{ reserved: number }>;

/** An order as orders stores it; without a place, for a ticket of one. */
function orderDocument(ticketId: string, expiresAt: Date, place?: number) {
  const [id, userId, version] = [newId(), newId(), 0];
  const ticket = { id: ticketId, title: 'Seat', currency: 'usd' as const, version: 0 };
  const item = { ticketId, title: 'Seat', version: 0, places: [place ?? 0] };
  const isPlain = place === undefined || place === 0;
  const event = OrderCreated({
    id,
    userId,
    version,
    status: 'created',
    expiresAt: expiresAt.toISOString(),
    ticket: { ...ticket, price: '19.99' },
    ...(!isPlain && { items: [{ ...item, price: '19.99' }] }),
  });
  // Old enough for the outbox sweep.
  const outbox = [toEnvelope(event, jobCause('bench'), new Date(Date.now() - 5_000))];
  const state = {
    userId,
    ticket: { ...ticket, priceInMinorUnits: 1_999, ...(!isPlain && { id: [claimOf({ ticketId, place })] }) },
    ...(!isPlain && { items: [{ ...item, priceInMinorUnits: 1_999 }] }),
    status: 'created',
    expiresAt,
    version,
  };
  return { _id: id, ...state, outbox, history: [], changedAt: new Date() };
}
