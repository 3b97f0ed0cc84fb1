// A purchase by the client of @hey-api/openapi-ts.

import { createTicket, payOrder, placeOrder, signUp } from './client';
import { client } from './client/client.gen';

client.setConfig({ baseUrl: process.env['API'] ?? '' });

/** A new user, as the options of a request. */
async function newUser(name: string): Promise<{ auth: string }> {
  const email = `hey-api-${name}-${crypto.randomUUID()}@example.com`;
  const { data, error } = await signUp({ body: { email, password: 'correct horse', token: true } });
  if (!data?.token) throw new Error(error?.errors[0]?.code);
  return { auth: data.token };
}

const seller = await newUser('seller');
const buyer = await newUser('buyer');

const ticket = await createTicket({ ...seller, body: { title: 'Cup final, row 3', price: '19.99' } });
if (!ticket.data) throw new Error(ticket.error?.errors[0]?.code);
const { id: ticketId, version } = ticket.data;
const place = () => placeOrder({ ...buyer, body: { ticketId, version } });
const end = Date.now() + 60_000;

// An order is refused as unavailable, after a second, until orders knows the ticket.
let order = await place();
while (!order.data && Date.now() < end) order = await place();
if (!order.data) throw new Error(order.error?.errors[0]?.code);
const { id: orderId } = order.data;
const pay = () => payOrder({ ...buyer, body: { orderId, token: 'tok_visa' } });

// A payment is refused as unavailable, after a second, until payments knows the order, and then open until it is charged.
while ((await pay()).data?.status !== 'succeeded' && Date.now() < end);

const late = await placeOrder({ ...(await newUser('other')), body: { ticketId } });
console.log('the other buyer:', late.error?.errors[0]?.code);
console.log('the payment:', (await pay()).data?.status);
