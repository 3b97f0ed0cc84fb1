// Creates tickets, orders and payments through the API.

import { eventually } from '@ticketing/common/testing';
import type { Reply, Request } from './ask.js';
import { codeOf, type Actor, type World } from './world.js';

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

/** Repeats a request that another service refuses with `code` as soon as it knows its object. The request never has an effect. */
async function untilRefused(
  world: World,
  { cookie }: Actor,
  request: Request,
  code: 'own-ticket' | 'not-your-order',
): Promise<void> {
  await eventually(async () => {
    const reply = await world.ask({ method: 'POST', ...request, headers: { Cookie: cookie } });
    if (codeOf(reply) !== code) throw new Error(`${request.path}: ${reply.status} ${reply.text}, no ${code}`);
  });
}

/** @returns the id of a ticket that orders knows */
export async function createKnownTicket(world: World, seller: Actor): Promise<string> {
  const ticketId = await createTicket(world, seller);
  await untilRefused(world, seller, { path: '/api/orders', body: { ticketId } }, 'own-ticket');
  return ticketId;
}

export async function placeOrder(world: World, buyer: Actor, seller: Actor): Promise<string> {
  const body = { ticketId: await createKnownTicket(world, seller) };
  return idIn(await requireSuccess(world, buyer, { method: 'POST', path: '/api/orders', body }));
}

/** @returns the id of an order that payments knows */
export async function placeKnownOrder(world: World, buyer: Actor, seller: Actor): Promise<string> {
  const orderId = await placeOrder(world, buyer, seller);
  const body = { orderId, token: 'tok_visa' };
  await untilRefused(world, seller, { path: '/api/payments', body }, 'not-your-order');
  return orderId;
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
  const orderId = await placeKnownOrder(world, buyer, seller);
  const request = { method: 'POST', path: '/api/payments', body: { orderId, token: 'tok_visa' } };
  await eventually(async () => {
    const { text, json } = await requireSuccess(world, buyer, request);
    if ((json as { status: string }).status !== 'succeeded') throw new Error(`the payment is open: ${text}`);
  });
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
