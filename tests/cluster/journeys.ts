// Journeys of users through the ingress.

import { root } from '@ticketing/common/testing/servers';
import { strict as assert } from 'node:assert';
import { lookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { done, refused, signUp, type Answer, type Person } from '../system/person.js';
import { Agent } from 'undici';

export type Ingress = Readonly<{ url: string; host: string }>;

const longMs = 60_000;
const description = join(root, 'docs', 'api', 'openapi.json');

/** Sends requests to `url` under the name `host`, and accepts any certificate. */
function clientOf({ url, host }: Ingress) {
  const named = new URL(url);
  const { hostname } = named;
  named.hostname = host;
  const connect: Agent.Options['connect'] = {
    rejectUnauthorized: false,
    lookup: (_name, options, found) => lookup(hostname, options, found),
  };
  const options: RequestInit & { dispatcher: Agent } = { dispatcher: new Agent({ connect }) };
  return { origin: named.origin, fetch: (request: Request) => fetch(request, options) };
}

export function newUser(ingress: Ingress): Promise<Person> {
  const { origin, fetch: ask } = clientOf(ingress);
  return signUp(origin, { fetch: ask });
}

/** Checks the API page, its parts, and that the served description equals the one in these sources. */
export async function apiDescriptionIsServed(ingress: Ingress): Promise<string> {
  const { origin, fetch: ask } = clientOf(ingress);
  const read = async (path: string) => {
    const answer = await ask(new Request(`${origin}${path}`));
    assert.equal(answer.status, 200, path);
    return answer.text();
  };
  const parts = [...(await read('/api/docs')).matchAll(/ (?:src|href)="([^"]+)"/g)].map(
    ([, path = '']) => path,
  );
  assert.ok(parts.includes('/api/docs/openapi.json'), parts.join());
  for (const path of parts) await read(path);
  assert.equal(await read('/api/docs/openapi.json'), readFileSync(description, 'utf8'));
  return `the page and ${parts.length} parts`;
}

/** The page of the shop, by one request. */
export async function shopPage(ingress: Ingress): Promise<Response> {
  const { origin, fetch: ask } = clientOf(ingress);
  return ask(new Request(`${origin}/`));
}

export async function shopIsServed(ingress: Ingress): Promise<string> {
  const { origin, fetch: ask } = clientOf(ingress);
  const page = await shopPage(ingress);
  assert.equal(page.status, 200);
  const parts = [...(await page.text()).matchAll(/ (?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
  assert.ok(parts.length > 2, parts.join());
  for (const path of [...parts, '/config.json', '/orders'])
    assert.equal((await ask(new Request(`${origin}${path}`))).status, 200, path);
  return `the page and ${parts.length} files`;
}

/** Polls `look` until it returns `wanted`. Fails with the last value. */
export async function eventuallyEquals<T>(
  wanted: T,
  look: () => Promise<T>,
  withinMs = longMs,
): Promise<void> {
  let seen = await look();
  for (const end = Date.now() + withinMs; seen !== wanted && Date.now() < end; seen = await look())
    await delay(100);
  assert.equal(seen, wanted);
}

const pathsOfServices = [
  'users/current-user',
  'tickets',
  'orders',
  `payments/${'0'.repeat(24)}`,
  'notifications',
];

/** Waits until the ingress controller sends requests to every service: it learns a little later that a pod is ready. */
export async function everyServiceAnswers(ingress: Ingress): Promise<void> {
  const { origin, fetch: ask } = clientOf(ingress);
  for (const path of pathsOfServices)
    await eventuallyEquals(
      false,
      async () => (await ask(new Request(`${origin}/api/${path}`))).status === 503,
    );
}

/** Polls a ticket or an order until it has the status `wanted`. */
export const reachesStatus = <S extends string>(
  wanted: NoInfer<S>,
  look: () => Answer<{ status: S }>,
): Promise<void> => eventuallyEquals<S>(wanted, async () => (await done(look(), 200)).status);

/** Repeats a request until it answers 201. */
export const retryUntilCreated = (ask: () => Promise<{ status: number }>, withinMs?: number): Promise<void> =>
  eventuallyEquals(201, async () => (await ask()).status, withinMs);

export const row3 = { title: 'Cup final, row 3', price: '19.99' };

export async function reserve(seller: Person, buyer: Person): Promise<{ ticketId: string; orderId: string }> {
  const { id: ticketId } = await done(seller.createTicket(row3), 201);
  let orderId = '';
  // The event of the ticket may not have reached orders yet.
  await retryUntilCreated(async () => {
    const order = await buyer.placeOrder({ ticketId });
    orderId = order.data?.id ?? '';
    return order;
  });
  return { ticketId, orderId };
}

export async function purchase(ingress: Ingress): Promise<void> {
  const [seller, buyer, other] = [await newUser(ingress), await newUser(ingress), await newUser(ingress)];
  const { ticketId, orderId } = await reserve(seller, buyer);
  await reachesStatus('reserved', () => seller.showTicket({ ticketId }));
  await refused(other.placeOrder({ ticketId }), 409, 'ticket-reserved');
  await refused(seller.updateTicket({ ticketId, title: 'Dearer', price: '99' }), 409, 'ticket-reserved');
  await retryUntilCreated(() => buyer.payOrder({ orderId, token: 'tok_visa' }), 10_000);
  await reachesStatus('complete', () => buyer.showOrder({ orderId }));
  await reachesStatus('sold', () => seller.showTicket({ ticketId }));
  await done(buyer.payOrder({ orderId, token: 'tok_visa' }), 200);
}

export async function cancellation(ingress: Ingress): Promise<void> {
  const [seller, buyer, other] = [await newUser(ingress), await newUser(ingress), await newUser(ingress)];
  const { ticketId, orderId } = await reserve(seller, buyer);
  await done(buyer.cancelOrder({ orderId }), 204);
  await retryUntilCreated(() => other.placeOrder({ ticketId }));
  await refused(buyer.payOrder({ orderId, token: 'tok_visa' }), 409, 'order-cancelled');
}

export async function expiry(ingress: Ingress): Promise<string> {
  const [seller, buyer, other] = [await newUser(ingress), await newUser(ingress), await newUser(ingress)];
  const { ticketId, orderId } = await reserve(seller, buyer);
  const { expiresAt } = await done(buyer.showOrder({ orderId }), 200);
  await reachesStatus('cancelled', () => buyer.showOrder({ orderId }));
  const lateMs = Date.now() - Date.parse(expiresAt);
  assert.ok(lateMs >= 0, `the order expired ${-lateMs} ms early`);
  await retryUntilCreated(() => other.placeOrder({ ticketId }));
  return `seen ${(lateMs / 1_000).toFixed(1)} s after its expiry`;
}
