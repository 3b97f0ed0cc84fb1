// A purchase by the client of openapi-generator (typescript-fetch).

import { AuthApi, Configuration, OrdersApi, PaymentsApi, ResponseError, TicketsApi } from './client';

const basePath = process.env['API'] ?? '';

/** A new user, as the configuration of the parts of the client. */
async function newUser(name: string): Promise<Configuration> {
  const email = `generator-${name}-${crypto.randomUUID()}@example.com`;
  const signUpRequest = { email, password: 'correct horse', token: true };
  const { token } = await new AuthApi(new Configuration({ basePath })).signUp({ signUpRequest });
  if (token === undefined) throw new Error('The answer has no token.');
  return new Configuration({ basePath, accessToken: token });
}

/** The code of a refused request; undefined for another result. */
async function codeOf(request: Promise<unknown>): Promise<string | undefined> {
  try {
    await request;
    return undefined;
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    return ((await error.response.json()) as { errors: { code: string }[] }).errors[0]?.code;
  }
}

const end = Date.now() + 60_000;

/** Repeats a request that is refused. */
async function insist<T>(ask: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ResponseError) || Date.now() > end) throw error;
    }
}

const seller = await newUser('seller');
const buyer = await newUser('buyer');

const { id: ticketId, version } = await new TicketsApi(seller).createTicket({
  createTicketRequest: { title: 'Cup final, row 3', price: '19.99' },
});
// An order is refused as unavailable, after a second, until orders knows the ticket.
const order = await insist(() =>
  new OrdersApi(buyer).placeOrder({ placeOrderRequest: { ticketId, version } }),
);
const pay = () =>
  new PaymentsApi(buyer).payOrder({ payOrderRequest: { orderId: order.id, token: 'tok_visa' } });

// A payment is refused as unavailable, after a second, until payments knows the order, and then open until it is charged.
while ((await insist(pay)).status !== 'succeeded' && Date.now() < end);

const other = new OrdersApi(await newUser('other'));
console.log('the other buyer:', await codeOf(other.placeOrder({ placeOrderRequest: { ticketId } })));
console.log('the payment:', (await pay()).status);
