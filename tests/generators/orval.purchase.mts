// A purchase by the client of orval.

import { createTicket, payOrder, placeOrder, signUp } from './client/api';

/** A new user, as the options of a request. */
async function newUser(name: string): Promise<RequestInit> {
  const email = `orval-${name}-${crypto.randomUUID()}@example.com`;
  const { status, data } = await signUp({ email, password: 'correct horse', token: true });
  if (status !== 201) throw new Error(data.errors[0]?.code);
  return { headers: { Authorization: `Bearer ${data.token}` } };
}

const seller = await newUser('seller');
const buyer = await newUser('buyer');

const ticket = await createTicket({ title: 'Cup final, row 3', price: '19.99' }, seller);
if (ticket.status !== 201) throw new Error(ticket.data.errors[0]?.code);
const { id: ticketId, version } = ticket.data;
const end = Date.now() + 60_000;

// An order is refused as unavailable, after a second, until orders knows the ticket.
let order = await placeOrder({ ticketId, version }, buyer);
while (order.status !== 201 && order.status !== 200 && Date.now() < end)
  order = await placeOrder({ ticketId, version }, buyer);
if (order.status !== 201 && order.status !== 200) throw new Error(`placed: ${order.status}`);

// A payment is refused as unavailable, after a second, until payments knows the order, and then open until it is charged.
while (Date.now() < end) {
  const payment = await payOrder({ orderId: order.data.id, token: 'tok_visa' }, buyer);
  if (payment.status !== 200 && payment.status !== 201) continue;
  if (payment.data.status === 'succeeded') break;
}

const late = await placeOrder({ ticketId }, await newUser('other'));
if (late.status === 409) console.log('the other buyer:', late.data.errors[0]?.code);
const again = await payOrder({ orderId: order.data.id, token: 'tok_visa' }, buyer);
if (again.status === 200) console.log('the payment:', again.data.status);
