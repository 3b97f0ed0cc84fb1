// What people do with the whole system, through the gateway.

import { createClient } from '@ticketing/client';
import { eventually } from '@ticketing/common/testing';
import { signUp, type Person } from './person.js';
import { startWitnessed } from './api/witness.js';
import type { System } from './system.js';

describe.each(['jetstream', 'nats-streaming'])('on %s', (bus) => {
  let system: System;
  let seller: Person, buyer: Person, other: Person;

  beforeAll(async () => {
    system = await startWitnessed({ EVENT_BUS: bus, RESERVATION_SECONDS: '6', PAYMENT_MARGIN_MS: '1000' });
    [seller, buyer, other] = [await signUp(url()), await signUp(url()), await signUp(url())];
  });
  afterAll(() => system.stop());

  const url = () => system.url('gateway');
  const code = (answer: { body: { errors: { code: string }[] } }) => answer.body.errors[0]?.code;
  const becomes = (who: Person, path: string, status: string) =>
    eventually(async () => expect(await who.sees(path)).toMatchObject({ status }), 20_000);

  async function ledger(orderId: string): Promise<{ charged: number; refunded: number }[]> {
    const answer = await fetch(`${system.url('cards')}/ledger?orderId=${orderId}`);
    return ((await answer.json()) as { paymentIntents: { charged: number; refunded: number }[] })
      .paymentIntents;
  }

  test('a ticket is listed, reserved, paid and gone', async () => {
    const ticket = await seller.offers('Cup final, row 3', '19.99');
    expect(await other.sees('/api/tickets')).toEqual([
      expect.objectContaining({ id: ticket.id, status: 'available' }),
    ]);

    const order = (await buyer.orders(ticket.id).expect(201)).body;
    await becomes(seller, `/api/tickets/${ticket.id}`, 'reserved');
    expect(code(await other.orders(ticket.id).expect(409))).toBe('ticket-reserved');
    const edit = await seller.agent
      .put(`/api/tickets/${ticket.id}`)
      .send({ title: 'Dearer', price: '99' })
      .expect(409);
    expect(code(edit)).toBe('ticket-reserved');

    await eventually(async () => expect((await buyer.pays(order.id, 'tok_visa')).status).toBe(201), 2_000);
    await becomes(buyer, `/api/orders/${order.id}`, 'complete');
    await becomes(seller, `/api/tickets/${ticket.id}`, 'sold');
    expect(code(await other.orders(ticket.id).expect(409))).toBe('ticket-sold');
    expect(code(await buyer.cancels(order.id).expect(409))).toBe('order-complete');
    expect(await other.sees('/api/tickets')).toEqual([]);
    expect(await ledger(order.id)).toMatchObject([{ charged: 1_999, refunded: 0 }]);
    expect((await buyer.pays(order.id, 'tok_visa').expect(200)).body.status).toBe('succeeded');
  });

  test('a cancelled order frees its ticket for the next buyer', async () => {
    const ticket = await seller.offers('Cup final, row 4', '15');
    const first = (await buyer.orders(ticket.id).expect(201)).body;
    await buyer.cancels(first.id).expect(204);

    const second = (await other.orders(ticket.id).expect(201)).body;
    await eventually(
      async () => expect((await other.pays(second.id, 'pm_card_visa')).status).toBe(201),
      2_000,
    );
    await becomes(seller, `/api/tickets/${ticket.id}`, 'sold');
    expect(await seller.sees(`/api/tickets/${ticket.id}`)).toMatchObject({ orderId: second.id });
    expect(code(await buyer.pays(first.id, 'tok_visa').expect(409))).toBe('order-cancelled');
    expect(await ledger(first.id)).toEqual([]);
  });

  test('an order that is not paid in time frees its ticket by itself', async () => {
    const ticket = await seller.offers('Cup final, row 5', '15');
    const order = (await buyer.orders(ticket.id).expect(201)).body;
    await becomes(seller, `/api/tickets/${ticket.id}`, 'reserved');
    await becomes(buyer, `/api/orders/${order.id}`, 'cancelled');
    expect(Date.now()).toBeGreaterThanOrEqual(new Date(order.expiresAt).getTime());
    await becomes(seller, `/api/tickets/${ticket.id}`, 'available');
    await other.orders(ticket.id).expect(201);
    expect(['order-cancelled', 'order-expired']).toContain(
      code(await buyer.pays(order.id, 'tok_visa').expect(409)),
    );
  });

  test('a declined card can be followed by a good one', async () => {
    const ticket = await seller.offers('Cup final, row 6', '15');
    const order = (await buyer.orders(ticket.id).expect(201)).body;
    const declined = await eventually(async () => {
      const answer = await buyer.pays(order.id, 'tok_chargeDeclined');
      expect(answer.status).toBe(402);
      return answer;
    }, 2_000);
    expect(code(declined)).toBe('card-declined');
    expect(await buyer.sees(`/api/payments/${order.id}`)).toMatchObject({ status: 'declined' });
    await buyer.pays(order.id, 'tok_mastercard').expect(201);
    await becomes(buyer, `/api/orders/${order.id}`, 'complete');
    expect(await ledger(order.id)).toMatchObject([{ charged: 1_500 }]);
  });

  test('whoever signs out is nobody, and their old page gets nothing done', async () => {
    const person = await signUp(url());
    expect(await person.sees('/api/users/currentuser')).toMatchObject({
      currentUser: { email: person.email },
    });
    await person.agent.post('/api/users/signout').expect(200);
    expect(await person.sees('/api/users/currentuser')).toEqual({ currentUser: null });
    await person.agent.post('/api/tickets').send({ title: 'x', price: '5' }).expect(401);
  });

  test('a program buys with our client, goes on elsewhere with its token, and gets one order for one key', async () => {
    const email = `program-${bus}@example.com`;
    const program = createClient({ url: url() });
    expect(await program.signUp({ email, password: 'correct horse' })).toMatchObject({
      ok: true,
      status: 201,
    });
    const again = await program.signUp({ email, password: 'correct horse' });
    expect(again.error?.code).toBe('email-in-use');

    const ticket = await seller.offers('Cup final, row 7', '15');
    const elsewhere = createClient({ url: url(), token: program.token() ?? '' });
    const once = { idempotencyKey: 'row-7' };
    const order = await program.placeOrder({ ticketId: ticket.id }, once);
    expect(order).toMatchObject({ ok: true, status: 201 });
    expect((await elsewhere.placeOrder({ ticketId: ticket.id }, once)).data?.id).toBe(order.data?.id);
    expect((await elsewhere.listOrders()).data).toHaveLength(1);

    await program.signOut();
    expect((await program.listOrders()).error?.code).toBe('not-signed-in');
  });
});
