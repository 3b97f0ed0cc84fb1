// Type tests. `npm run verify` fails when a line marked @ts-expect-error compiles.

import type { Client, CodeOf, DataOf } from './index.js';

declare const api: Client;

async function typeChecks(): Promise<void> {
  const { ok, data, error, errors, retryAfterSeconds } = {
    retryAfterSeconds: undefined,
    errors: [],
    ...(await api.placeOrder({ ticketId: '656565656565656565656501' })),
  };
  const order: DataOf<'placeOrder'> | undefined = data;
  if (ok || !order) return;
  const seconds: number | undefined = retryAfterSeconds;
  if (error?.code === 'ticket-reserved') return;
  // @ts-expect-error placing an order has no such error
  if (error?.code === 'card-declined') return;
  // @ts-expect-error there is no such code
  if (error?.code === 'ticket-reservd') return;
  if (errors.length > (seconds ?? 0)) return;

  const answer = await api.payOrder({ orderId: '656565656565656565656503', token: 'tok_visa' });
  if (answer.ok) {
    const status:
      | 'pending'
      | 'requires-action'
      | 'declined'
      | 'succeeded'
      | 'refunding'
      | 'partly-refunded'
      | 'refunded' = answer.data.status;
    // @ts-expect-error a success has no error
    if (answer.error.code === status) return;
  } else {
    const code: CodeOf<'payOrder'> = answer.error.code;
    // @ts-expect-error a failure has no data
    if (answer.data.status === code) return;
  }

  // @ts-expect-error the price is missing
  await api.createTicket({ title: 'Cup final, row 3' });
  // @ts-expect-error the order id is missing
  await api.showOrder();
  await api.listTickets();
  await api.listTickets({ limit: 10 });
  // @ts-expect-error there is no such parameter
  await api.listTickets({ size: 10 });
}

test('the types know the operations, their inputs, responses and errors', () => {
  expect(typeChecks).toBeInstanceOf(Function);
});
