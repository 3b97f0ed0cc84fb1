// What people do, through the ingress.

import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import { signUp, type Person } from '@ticketing/e2e';

export type Ingress = Readonly<{ url: string; host: string }>;

const longMs = 60_000;

/** A person whose client knows how to reach the ingress of this cluster. */
export const arrive = ({ url, host }: Ingress): Promise<Person> =>
  signUp(url, (agent) => agent.set('Host', host).disableTLSCerts());

/** Looks until `look` finds what is wanted; says what it saw last. */
export async function becomes<T>(wanted: T, look: () => Promise<T>, withinMs = longMs): Promise<void> {
  let seen = await look();
  for (const end = Date.now() + withinMs; seen !== wanted && Date.now() < end; seen = await look())
    await delay(100);
  assert.equal(seen, wanted);
}

export const statusOf = (who: Person, path: string) => async () =>
  ((await who.sees(path)) as { status: string }).status;

export async function reserve(seller: Person, buyer: Person): Promise<{ ticketId: string; orderId: string }> {
  const { id: ticketId } = await seller.offers('Cup final, row 3', '19.99');
  let orderId = '';
  // orders may not have heard of the ticket yet.
  await becomes(201, async () => {
    const { status, body } = await buyer.orders(ticketId);
    orderId = body.id;
    return status;
  });
  return { ticketId, orderId };
}

export async function purchase(ingress: Ingress): Promise<void> {
  const [seller, buyer, other] = [await arrive(ingress), await arrive(ingress), await arrive(ingress)];
  const { ticketId, orderId } = await reserve(seller, buyer);
  await becomes('reserved', statusOf(seller, `/api/tickets/${ticketId}`));
  assert.equal((await other.orders(ticketId)).status, 409);
  const edit = await seller.agent.put(`/api/tickets/${ticketId}`).send({ title: 'Dearer', price: '99' });
  assert.equal(edit.status, 409);
  await becomes(201, async () => (await buyer.pays(orderId, 'tok_visa')).status, 10_000);
  await becomes('complete', statusOf(buyer, `/api/orders/${orderId}`));
  await becomes('sold', statusOf(seller, `/api/tickets/${ticketId}`));
  assert.equal((await buyer.pays(orderId, 'tok_visa')).status, 200);
}

export async function cancellation(ingress: Ingress): Promise<void> {
  const [seller, buyer, other] = [await arrive(ingress), await arrive(ingress), await arrive(ingress)];
  const { ticketId, orderId } = await reserve(seller, buyer);
  await buyer.cancels(orderId).expect(204);
  await becomes(201, async () => (await other.orders(ticketId)).status);
  assert.equal((await buyer.pays(orderId, 'tok_visa')).status, 409);
}

export async function expiry(ingress: Ingress): Promise<string> {
  const [seller, buyer, other] = [await arrive(ingress), await arrive(ingress), await arrive(ingress)];
  const { ticketId, orderId } = await reserve(seller, buyer);
  const { expiresAt } = (await buyer.sees(`/api/orders/${orderId}`)) as { expiresAt: string };
  await becomes('cancelled', statusOf(buyer, `/api/orders/${orderId}`));
  const lateMs = Date.now() - Date.parse(expiresAt);
  assert.ok(lateMs >= 0, `it expired ${-lateMs} ms early`);
  await becomes(201, async () => (await other.orders(ticketId)).status);
  return `seen ${(lateMs / 1_000).toFixed(1)} s after its time`;
}
