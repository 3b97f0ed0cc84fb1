// The purchase helpers of the client, with the services and the local card network.

import { createClient, payOrder, placeOrder } from '@ticketing/client';
import { newId } from '@ticketing/common/id';
import { aUser, eventually, startForTest, type TestService, type TestUser } from '@ticketing/common/testing';
import type { OrdersContext } from '../../orders/src/store.js';
import { service as ordersService } from '../../orders/src/service.js';
import { startPayments, type Payments } from '../../payments/src/testing/start.js';
import type { TicketsContext } from '../../tickets/src/store.js';
import { service as ticketsService } from '../../tickets/src/service.js';
import { done } from '../system/person.js';

let tickets: TestService<TicketsContext>;
let orders: TestService<OrdersContext>;
let payments: Payments;

beforeAll(async () => {
  const NAMESPACE = `test-${newId()}`;
  tickets = await startForTest(ticketsService, { NAMESPACE });
  orders = await startForTest(ordersService, { NAMESPACE });
  payments = await startPayments();
});
afterAll(() => Promise.all([tickets.stop(), orders.stop(), payments.stop()]));

const clientAt = ({ url }: { url: string }, { cookie }: TestUser) =>
  createClient({ url, headers: { cookie } });

test('a buyer places an order at the price that they saw, or learns the present one', async () => {
  const [seller, buyer] = [aUser(), aUser()];
  const offer = { title: 'Final', price: '19.99' };
  const seen = await done(clientAt(tickets, seller).createTicket(offer), 201);
  await done(clientAt(tickets, seller).updateTicket({ ticketId: seen.id, ...offer, price: '25.00' }), 200);
  await eventually(async () => expect((await orders.ctx.tickets.get(seen.id)).version).toBe(1));

  const late = await placeOrder(clientAt(orders, buyer), seen);
  expect(late).toMatchObject({
    ok: false,
    error: { code: 'ticket-changed' },
    changed: { version: 1, price: '25.00', currency: 'usd' },
  });
  if (late.ok || !late.changed) throw new Error('no present offer');

  const accepted = await placeOrder(clientAt(orders, buyer), { id: seen.id, ...late.changed });
  expect(accepted).toMatchObject({ ok: true, data: { ticket: { price: '25.00' } } });
});

describe('a buyer whose bank asks for approval', () => {
  const token = 'tok_threeDSecure2Required';

  test('pays when they approve', async () => {
    const { id: orderId, user } = await payments.anOrder();
    const approve = (secret: string) => payments.network.answer(secret, 'approve');
    const result = await payOrder(clientAt(payments, user), { orderId, token }, { approve });
    expect(result).toMatchObject({ ok: true, data: { status: 'succeeded' } });
    expect(await payments.network.ledger(orderId)).toMatchObject([{ charged: 1_999, attempts: 1 }]);
  });

  test('learns the decline when they refuse, and can use another card', async () => {
    const { id: orderId, user } = await payments.anOrder();
    const api = clientAt(payments, user);
    const approve = (secret: string) => payments.network.answer(secret, 'refuse');
    expect(await payOrder(api, { orderId, token }, { approve })).toMatchObject({
      status: 402,
      error: { code: 'authentication-failed' },
    });
    expect(await payOrder(api, { orderId, token: 'tok_visa' })).toMatchObject({ ok: true });
  });

  test('is declined when nobody can show the challenge', async () => {
    const { id: orderId, user } = await payments.anOrder();
    expect(await payOrder(clientAt(payments, user), { orderId, token })).toMatchObject({
      status: 402,
      error: { code: 'card-needs-authentication' },
    });
  });
});

test('a slow payment is awaited, and the seller refunds a part of it', async () => {
  const { id: orderId, user, seller } = await payments.anOrder();
  payments.answerWithin(100);
  await payments.network.inject({ mode: 'ok', match: 'confirm', latencyMs: 900, calls: 1 });
  const paid = await payOrder(clientAt(payments, user), { orderId, token: 'tok_visa' });
  expect(paid).toMatchObject({ ok: true, status: 200, data: { status: 'succeeded' } });
  payments.answerWithin();

  const refund = await done(clientAt(payments, seller).refundPayment({ orderId, amount: '5.00' }), 201);
  expect(refund).toMatchObject({ amount: '5.00', by: 'seller' });
  expect(await done(clientAt(payments, user).showPayment({ orderId }), 200)).toMatchObject({
    status: 'partly-refunded',
    refunded: '5.00',
    refunds: [{ id: refund.id }],
  });
});
