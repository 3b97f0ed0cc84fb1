// Complete user journeys on the whole system, through the gateway.

import { createClient } from '@ticketing/client';
import { eventually } from '@ticketing/common/testing';
import { done, password, pay, refused, reserve, signUp, type Person } from '../system/person.js';
import { startCheckedSystem } from '../system/checked-system.js';
import type { System } from '../system/system.js';

const windowMs = 60_000;

describe.each(['jetstream', 'nats-streaming'])('on %s', (bus) => {
  let system: System;
  let seller: Person, buyer: Person, other: Person;
  let unpaid: Readonly<{ ticketId: string; orderId: string; expiresAt: string }>;

  beforeAll(async () => {
    system = await startCheckedSystem({
      EVENT_BUS: bus,
      RESERVATION_SECONDS: `${windowMs / 1_000}`,
      PAYMENT_MARGIN_MS: '1000',
      CURRENCIES: 'usd,jpy,kwd',
    });
    [seller, buyer, other] = [await signUp(url()), await signUp(url()), await signUp(url())];
    // Before the tests, so that its window closes while they run.
    const cup = await offer('Cup final, row 5', '15');
    const { id: orderId, expiresAt } = await reserve(buyer, cup);
    unpaid = { ...cup, orderId, expiresAt };
    await becomes(() => seller.showTicket(cup), 'reserved');
  });
  afterAll(() => system.stop());

  const url = () => system.url('gateway');
  const becomes = <S extends string>(
    read: () => Promise<{ data?: { status: S } | undefined }>,
    status: NoInfer<S>,
  ) => eventually(async () => expect((await read()).data).toMatchObject({ status }), 2 * windowMs);

  async function ledger(orderId: string): Promise<{ charged: number; refunded: number }[]> {
    const answer = await fetch(`${system.url('cards')}/ledger?orderId=${orderId}`);
    return ((await answer.json()) as { paymentIntents: { charged: number; refunded: number }[] })
      .paymentIntents;
  }

  /** The seller offers a ticket. */
  async function offer(title: string, price: string): Promise<{ ticketId: string }> {
    const { id } = await done(seller.createTicket({ title, price }), 201);
    return { ticketId: id };
  }

  test('a ticket is offered, reserved, paid and sold', async () => {
    const cup = await offer('Cup final, row 3', '19.99');
    const listed = async () => (await done(other.listTickets(), 200)).filter(({ id }) => id === cup.ticketId);
    expect(await listed()).toMatchObject([{ status: 'available' }]);

    const { id: orderId } = await reserve(buyer, cup);
    await becomes(() => seller.showTicket(cup), 'reserved');
    await refused(other.placeOrder(cup), 409, 'ticket-reserved');
    await refused(seller.updateTicket({ ...cup, title: 'Dearer', price: '99' }), 409, 'ticket-reserved');

    await pay(buyer, orderId);
    await becomes(() => buyer.showOrder({ orderId }), 'complete');
    await becomes(() => seller.showTicket(cup), 'sold');
    await refused(other.placeOrder(cup), 409, 'ticket-sold');
    await refused(buyer.cancelOrder({ orderId }), 409, 'order-complete');
    expect(await listed()).toEqual([]);
    expect(await ledger(orderId)).toMatchObject([{ charged: 1_999, refunded: 0 }]);
    const repeated = await done(buyer.payOrder({ orderId, token: 'tok_visa' }), 200);
    expect(repeated.status).toBe('succeeded');
  });

  test.each([
    ['500', 'jpy', '500', 500],
    ['5.12', 'kwd', '5.120', 5_120],
  ] as const)('a ticket of %s %s is charged exactly', async (given, currency, price, minorUnits) => {
    const ticket = { title: 'Abroad', price: given, currency };
    const { id: ticketId } = await done(seller.createTicket(ticket), 201);
    const order = await reserve(buyer, { ticketId });
    expect(order.ticket).toMatchObject({ price, currency });
    await pay(buyer, order.id);
    await becomes(() => buyer.showOrder({ orderId: order.id }), 'complete');
    const payment = await done(buyer.showPayment({ orderId: order.id }), 200);
    expect(payment).toMatchObject({ amount: price, currency });
    expect(await ledger(order.id)).toMatchObject([{ charged: minorUnits, currency }]);
  });

  test('a cancelled order releases its ticket to the next buyer', async () => {
    const cup = await offer('Cup final, row 4', '15');
    const first = await reserve(buyer, cup);
    await done(buyer.cancelOrder({ orderId: first.id }), 204);

    const second = await reserve(other, cup);
    await pay(other, second.id, 'pm_card_visa');
    await becomes(() => seller.showTicket(cup), 'sold');
    expect((await done(seller.showTicket(cup), 200)).orderId).toBe(second.id);
    await refused(buyer.payOrder({ orderId: first.id, token: 'tok_visa' }), 409, 'order-cancelled');
    expect(await ledger(first.id)).toEqual([]);
  });

  test('after a declined card the buyer can pay with another', async () => {
    const cup = await offer('Cup final, row 6', '15');
    const { id: orderId } = await reserve(buyer, cup);
    await eventually(() =>
      refused(buyer.payOrder({ orderId, token: 'tok_chargeDeclined' }), 402, 'card-declined'),
    );
    expect((await done(buyer.showPayment({ orderId }), 200)).status).toBe('declined');
    await pay(buyer, orderId, 'tok_mastercard');
    await becomes(() => buyer.showOrder({ orderId }), 'complete');
    expect(await ledger(orderId)).toMatchObject([{ charged: 1_500 }]);
  });

  test('a stale ETag refuses a change and a withdrawal', async () => {
    const cup = await offer('Cup final, row 8', '15');
    const currentETag = async () => ({ ifMatch: (await seller.showTicket(cup)).headers.get('ETag') ?? '' });
    const first = await currentETag();
    await done(seller.updateTicket({ ...cup, title: 'Cup final, row 9', price: '16' }, first), 200);
    await refused(seller.withdrawTicket(cup, first), 412, 'precondition-failed');
    await done(seller.withdrawTicket(cup, await currentETag()), 204);
  });

  test('after sign-out neither the client nor an old token has a session', async () => {
    const user = await signUp(url());
    const { currentUser } = await done(user.showCurrentUser(), 200);
    expect(currentUser?.email).toBe(user.email);
    const oldClient = createClient({ url: url(), token: user.token() ?? '' });
    await done(user.signOut(), 200);
    expect(await done(user.showCurrentUser(), 200)).toEqual({ currentUser: null });
    await refused(user.createTicket({ title: 'x', price: '5' }), 401, 'not-signed-in');
    await eventually(() => refused(oldClient.listOrders(), 401, 'not-signed-in'));
  });

  test('the client continues with its token in another process, and one idempotency key gives one order', async () => {
    const account = { email: `program-${bus}@example.com`, password };
    const program = createClient({ url: url() });
    await done(program.signUp(account), 201);
    await refused(program.signUp(account), 409, 'email-in-use');

    const cup = await offer('Cup final, row 7', '15');
    const elsewhere = createClient({ url: url(), token: program.token() ?? '' });
    const once = { idempotencyKey: 'row-7' };
    const order = await reserve(program, cup, once);
    expect((await done(elsewhere.placeOrder(cup, once), 201)).id).toBe(order.id);
    expect(await done(elsewhere.listOrders(), 200)).toHaveLength(1);

    await done(program.signOut(), 200);
    await refused(program.listOrders(), 401, 'not-signed-in');
  });

  test('an unpaid order expires and releases its ticket', async () => {
    const { ticketId, orderId, expiresAt } = unpaid;
    await becomes(() => buyer.showOrder({ orderId }), 'cancelled');
    expect(Date.now()).toBeGreaterThanOrEqual(new Date(expiresAt).getTime());
    await becomes(() => seller.showTicket({ ticketId }), 'available');
    await reserve(other, { ticketId });
    await refused(buyer.payOrder({ orderId, token: 'tok_visa' }), 409, 'order-cancelled', 'order-expired');
  });
});
