import { createClient, payOrder, placeOrder } from '@ticketing/client';

const url = process.argv[2] ?? 'http://localhost:8080';

async function newUser(name: string) {
  const api = createClient({ url });
  const email = `${name}-${Date.now()}@example.com`;
  await api.signUp({ email, password: 'correct horse' });
  return api;
}

async function purchase() {
  const [seller, buyer, other] = await Promise.all(['seller', 'buyer', 'other'].map(newUser));
  if (!seller || !buyer || !other) return;

  const ticket = await seller.createTicket({ title: 'Cup final, row 3', price: '19.99' });
  if (!ticket.ok) throw new Error(ticket.error.code);
  const order = await placeOrder(buyer, ticket.data);
  if (!order.ok) throw new Error(order.error.code);
  console.log('placed:', order.data.status);

  const late = await placeOrder(other, ticket.data);
  // A code that the operation does not declare does not compile.
  if (!late.ok && late.error.code === 'ticket-reserved') console.log(late.error.code);

  const payment = await payOrder(buyer, { orderId: order.data.id, token: 'tok_visa' });
  if (payment.ok) console.log('paid:', payment.data.status);
  else console.log(payment.error.code, payment.retryAfterSeconds);
}

void purchase();
