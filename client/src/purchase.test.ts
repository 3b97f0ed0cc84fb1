// The steps of a purchase with a fake API. tests/journeys/purchase.service.test.ts uses the real ones.

import { payOrder, placeOrder, placeOrderFor } from './index.js';
import { clientOf, json, refused } from './testing/fake-api.js';

const ticket = { id: '656565656565656565656501', version: 3 };
const order = { orderId: '656565656565656565656503', token: 'tok_visa' };
const soon = { 'Retry-After': '0' };
const pending = () => json(202, { status: 'pending' }, soon);
const challenge = () => json(202, { status: 'requires-action', clientSecret: 'pi_1_secret_2' }, soon);
const paid = (status = 201) => json(status, { status: 'succeeded' });

describe('placing an order', () => {
  test('names the version of the ticket that the buyer has seen', async () => {
    const { client, requests } = clientOf([json(201, { status: 'created' })]);
    expect(await placeOrder(client, ticket)).toMatchObject({ ok: true, status: 201 });
    expect(await requests[0]?.json()).toEqual({ ticketId: ticket.id, version: 3 });
  });

  test('for a changed ticket resolves to the present offer', async () => {
    const changed = { version: 4, price: '25.00', currency: 'usd' };
    const error = { code: 'ticket-changed', message: '…', ...changed };
    const { client } = clientOf([json(409, { errors: [error] }), refused(409, 'ticket-sold')]);
    expect(await placeOrder(client, ticket)).toMatchObject({
      ok: false,
      error: { code: 'ticket-changed' },
      changed,
    });
    expect(await placeOrder(client, ticket)).toMatchObject({
      error: { code: 'ticket-sold' },
      changed: undefined,
    });
  });
});

describe('placing an order for several places', () => {
  const wanted = [
    { ticket, quantity: 2 },
    { ticket: { id: '656565656565656565656511', version: 0 }, quantity: 1 },
  ];

  test('names the number of places, and the version of each ticket that the buyer has seen', async () => {
    const { client, requests } = clientOf([json(201, { status: 'created' })]);
    expect(await placeOrderFor(client, wanted)).toMatchObject({ ok: true, status: 201 });
    expect(await requests[0]?.json()).toEqual({
      items: [
        { ticketId: ticket.id, quantity: 2, version: 3 },
        { ticketId: '656565656565656565656511', quantity: 1, version: 0 },
      ],
    });
  });

  test('of which one ticket has changed resolves to its present offer', async () => {
    const changed = { ticketId: ticket.id, version: 4, price: '25.00', currency: 'usd' };
    const error = { code: 'ticket-changed', message: '…', ...changed };
    const { client } = clientOf([json(409, { errors: [error] })]);
    expect(await placeOrderFor(client, wanted)).toMatchObject({ changed, free: undefined });
  });

  test('of which too few are free resolves to their number', async () => {
    const free = { ticketId: ticket.id, available: 1 };
    const error = { code: 'ticket-reserved', message: '…', ...free };
    const { client } = clientOf([json(409, { errors: [error] }), refused(409, 'ticket-sold')]);
    expect(await placeOrderFor(client, wanted)).toMatchObject({ error: { code: 'ticket-reserved' }, free });
    expect(await placeOrderFor(client, wanted)).toMatchObject({
      error: { code: 'ticket-sold' },
      free: undefined,
    });
  });
});

describe('paying an order', () => {
  test('shows the challenge once, and repeats the request until the outcome is known', async () => {
    const script = [pending(), challenge(), challenge(), pending(), paid(200)];
    const { client, requests } = clientOf(script);
    const approve = jest.fn(async () => undefined);
    expect(await payOrder(client, order, { approve })).toMatchObject({
      ok: true,
      data: { status: 'succeeded' },
    });
    expect(approve.mock.calls).toEqual([['pi_1_secret_2']]);
    expect(requests).toHaveLength(5);
    expect(new Set(requests.map(({ headers }) => headers.get('Idempotency-Key'))).size).toBe(1);
    expect(await requests[4]?.json()).toEqual(order);
  });

  test('without a callback for challenges asks the bank for none', async () => {
    const { client, requests } = clientOf([refused(402, 'card-needs-authentication')]);
    expect(await payOrder(client, order)).toMatchObject({ error: { code: 'card-needs-authentication' } });
    expect(await requests[0]?.json()).toEqual({ ...order, offSession: true });
  });

  test('resolves to the decline of the bank after a challenge', async () => {
    const { client } = clientOf([challenge(), refused(402, 'authentication-failed')]);
    const result = await payOrder(client, order, { approve: async () => undefined });
    expect(result).toMatchObject({ ok: false, error: { code: 'authentication-failed' } });
  });

  test('stops waiting when the time is over, and another call with the same key continues', async () => {
    const later = json(202, { status: 'pending' }, { 'Retry-After': '2' });
    const { client, requests } = clientOf([pending(), later, paid(200)]);
    const options = { idempotencyKey: 'mine', waitSeconds: 1 };
    expect(await payOrder(client, order, options)).toMatchObject({ ok: true, data: { status: 'pending' } });
    expect(await payOrder(client, order, options)).toMatchObject({ data: { status: 'succeeded' } });
    expect(requests.map(({ headers }) => headers.get('Idempotency-Key'))).toEqual(Array(3).fill('"mine"'));
  });

  test('is aborted by its signal, and by a buyer who does not answer the challenge', async () => {
    const aborted = new Error('aborted');
    const later = json(202, { status: 'pending' }, { 'Retry-After': '9' });
    const waiting = payOrder(clientOf([later]).client, order, { signal: AbortSignal.abort(aborted) });
    await expect(waiting).rejects.toBe(aborted);
    const approve = async () => {
      throw aborted;
    };
    await expect(payOrder(clientOf([challenge()]).client, order, { approve })).rejects.toBe(aborted);
  });
});
