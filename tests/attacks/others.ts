// The effect of an attack on others: their purchases before, during and after it.

import { createClient } from '@ticketing/client';
import { aUser, eventually, startForTest, type TestService } from '@ticketing/common/testing';
import { newId } from '@ticketing/common/id';
import type { ExpirationContext } from '../../expiration/src/store.js';
import { service as expirationService } from '../../expiration/src/service.js';
import type { OrdersContext } from '../../orders/src/store.js';
import { service as ordersService } from '../../orders/src/service.js';
import type { PaymentsContext } from '../../payments/src/store.js';
import { service as paymentsService } from '../../payments/src/service.js';
import type { TicketsContext } from '../../tickets/src/store.js';
import { service as ticketsService } from '../../tickets/src/service.js';
import { percentile } from '../bench/client.js';
import { done } from '../system/person.js';

export type Shop = Awaited<ReturnType<typeof openShop>>;

const seller = aUser();
const purchaseWithinMs = 60_000;

type Env = Readonly<Record<string, string | undefined>>;

/** Tickets, orders, payments and expiration on one bus, in this process. `envOf` is the environment of one of them. */
export async function openShop(env: Env = {}, envOf: (service: string) => Env = () => ({})) {
  const shared = { NAMESPACE: `test-${newId()}`, STRIPE_KEY: `sk_test_${newId()}`, ...env };
  const of = (service: string) => ({ ...shared, ...envOf(service) });
  const tickets: TestService<TicketsContext> = await startForTest(ticketsService, of('tickets'));
  const orders: TestService<OrdersContext> = await startForTest(ordersService, of('orders'));
  const payments: TestService<PaymentsContext> = await startForTest(paymentsService, of('payments'));
  const expiration: TestService<ExpirationContext> = await startForTest(expirationService, of('expiration'));
  const services = { tickets, orders, payments, expiration };

  const at = ({ url }: { url: string }, { cookie } = seller) =>
    createClient({ url, retries: 0, headers: { cookie } });

  /** A new ticket, ordered by a new buyer. */
  async function order() {
    const buyer = aUser();
    const ticket = await done(at(tickets).createTicket({ title: 'Final', price: '19.99' }), 201);
    await eventually(() => orders.ctx.tickets.get(ticket.id), purchaseWithinMs);
    const { id } = await done(at(orders, buyer).placeOrder({ ticketId: ticket.id }), 201);
    return { id, ticketId: ticket.id, buyer };
  }
  type Order = Awaited<ReturnType<typeof order>>;

  const pay = ({ id, buyer }: Order) =>
    done(at(payments, buyer).payOrder({ orderId: id, token: 'tok_visa' }), 201);
  const statusOf = async ({ id, buyer }: Order) =>
    (await done(at(orders, buyer).showOrder({ orderId: id }), 200)).status;

  /**
   * A whole purchase. It waits for each event, so that a late one counts as latency and not as a refusal.
   * @throws Error unless each step succeeds, within a minute each
   */
  async function buy(): Promise<void> {
    const placed = await order();
    await eventually(() => payments.ctx.payments.get(placed.id), purchaseWithinMs);
    await pay(placed);
    await eventually(async () => expect(await statusOf(placed)).toBe('complete'), purchaseWithinMs);
  }

  return {
    ...services,
    NAMESPACE: shared.NAMESPACE,
    order,
    pay,
    statusOf,
    buy,
    showTicket: (ticketId: string) => done(at(tickets).showTicket({ ticketId }), 200),
    stop: async () => {
      for (const service of Object.values(services)) await service.stop();
    },
  };
}

export type Figures = Readonly<{ phase: string; tried: number; succeeded: number; p99: number }>;

/** Makes `count` purchases, three at a time, and prints how many succeeded and their 99th percentile. */
export async function measureOthers(shop: Shop, phase: string, count = 60): Promise<Figures> {
  const latencies: number[] = [];
  const left = Array.from({ length: count }, () => phase).values();
  const lane = async () => {
    for (const _purchase of left) {
      const begin = performance.now();
      const isBought = await shop.buy().then(
        () => true,
        () => false,
      );
      if (isBought) latencies.push(performance.now() - begin);
    }
  };
  await Promise.all([lane(), lane(), lane()]);
  const figures = { phase, tried: count, succeeded: latencies.length, p99: percentile(latencies, 0.99) };
  process.stdout.write(
    `${phase}: ${figures.succeeded} of ${count} purchases, p99 ${Math.round(figures.p99)} ms\n`,
  );
  return figures;
}
