// Creates tickets, orders and payments through the API.

import { eventually } from '@ticketing/common/testing';
import type { Reply, Request } from './ask.js';
import type { Actor, World } from './world.js';

/** @throws Error unless the request succeeds */
export async function requireSuccess(world: World, { cookie }: Actor, request: Request): Promise<Reply> {
  const reply = await world.ask({ ...request, headers: { ...request.headers, Cookie: cookie } });
  if (reply.status >= 300)
    throw new Error(`${request.method ?? 'GET'} ${request.path}: ${reply.status} ${reply.text}`);
  return reply;
}

const idIn = ({ json }: Reply) => (json as { id: string }).id;

export async function createTicket(world: World, seller: Actor): Promise<string> {
  const body = { title: 'A seat', price: '15' };
  return idIn(await requireSuccess(world, seller, { method: 'POST', path: '/api/tickets', body }));
}

export async function placeOrder(world: World, buyer: Actor, seller: Actor): Promise<string> {
  const body = { ticketId: await createTicket(world, seller) };
  return idIn(await requireSuccess(world, buyer, { method: 'POST', path: '/api/orders', body }));
}

/** @returns the id of an order that the buyer's feed of notifications names */
export async function placeNotifiedOrder(world: World, buyer: Actor, seller: Actor): Promise<string> {
  const orderId = await placeOrder(world, buyer, seller);
  await eventually(async () => {
    const { text } = await requireSuccess(world, buyer, { path: '/api/notifications' });
    if (!text.includes(orderId)) throw new Error(`the feed does not name the order ${orderId}`);
  });
  return orderId;
}

/** @returns the id of a paid order */
export async function payOrder(world: World, buyer: Actor, seller: Actor): Promise<string> {
  const orderId = await placeOrder(world, buyer, seller);
  const body = { orderId, token: 'tok_visa' };
  await eventually(() => requireSuccess(world, buyer, { method: 'POST', path: '/api/payments', body }));
  return orderId;
}

/** @returns the id of a paid order that the seller's list of sales has */
export async function sellTicket(world: World, seller: Actor, buyer: Actor): Promise<string> {
  const orderId = await payOrder(world, buyer, seller);
  await eventually(async () => {
    const { text } = await requireSuccess(world, seller, { path: '/api/orders/sales' });
    if (!text.includes(orderId)) throw new Error(`the order ${orderId} is not sold`);
  });
  return orderId;
}
