// Promise "no lost event", for each consumer: after any duplicated, late, reordered or replayed delivery of a history, the
// consumer's state equals a small model. The use cases and stores are real; the domains of the owners make the histories.

import { accept, orThrow } from '@ticketing/common/decision';
import {
  ExpirationComplete,
  OrderCreated,
  PaymentCreated,
  PaymentPartlyRefunded,
  PaymentRefunded,
  UserDeleted,
  type DomainEvent,
} from '@ticketing/common/events';
import { newId } from '@ticketing/common/id';
import { jobCause } from '@ticketing/common/observability';
import { startForTest } from '@ticketing/common/testing';
import fc from 'fast-check';
import { service as authService } from '../../auth/src/service.js';
import { service as expirationService } from '../../expiration/src/service.js';
import { service as ordersService } from '../../orders/src/service.js';
import { service as paymentsService } from '../../payments/src/service.js';
import { service as ticketsService } from '../../tickets/src/service.js';
import type { Order } from '../../orders/src/domain/order.js';
import { orderEvent } from '../../orders/src/domain/order-events.js';
import { list, offerVersion, withdrawBySystem } from '../../tickets/src/domain/ticket.js';
import { availableOf, heldOf, quantityOf } from '../../tickets/src/domain/places.js';
import { checkProperty, deliverTo } from './harness.js';
import {
  cartHistories,
  deliveriesOf,
  heldPlaces,
  orderHistories,
  paymentOf,
  placeCart,
  profileHistories,
  ticketHistories,
  type OrderHistory,
} from './histories.js';

const timeoutMs = 1_800_000;
const cause = jobCause('test');
/** Orders for one ticket, or for places of two. */
const anyOrders = (): fc.Arbitrary<OrderHistory> => {
  const halls = [3, 5].map((quantity) => ({ ticketId: newId(), quantity }));
  return fc.oneof(orderHistories(newId(), new Date()), cartHistories(halls, new Date()));
};
const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0)) await stop();
});

test(
  'orders ends with the latest version of a ticket',
  async () => {
    const orders = await startForTest(ordersService);
    started.push(() => orders.stop());
    const deliver = deliverTo(ordersService.subscriptions?.(orders.ctx) ?? []);
    const histories = ticketHistories(new Date()).chain((history) =>
      deliveriesOf(history.events).map((delivered) => ({ ...history, delivered })),
    );

    await checkProperty(histories, async ({ ticket, delivered }) => {
      await orders.ctx.tickets.model.deleteOne({ _id: ticket.id });
      for (const event of delivered) await deliver(event);
      const { id, userId: sellerId, title, priceInMinorUnits, currency, withdrawn, version } = ticket;
      const offer = { title, priceInMinorUnits, currency, offerVersion: offerVersion(ticket) };
      const quantity = quantityOf(ticket);
      const places = quantity > 1 ? { quantity, available: availableOf(ticket) } : {};
      const copy = { id, sellerId, ...offer, ...places, withdrawn, version };
      expect(await orders.ctx.tickets.get(id)).toEqual(copy);
    });
  },
  timeoutMs,
);

test(
  'the status of a ticket follows its last order, whenever the ticket is withdrawn',
  async () => {
    const tickets = await startForTest(ticketsService);
    started.push(() => tickets.stop());
    const deliver = deliverTo(ticketsService.subscriptions?.(tickets.ctx) ?? []);
    const histories = fc
      .constant(undefined)
      .map(() => newId())
      .chain((ticketId) =>
        orderHistories(ticketId, new Date()).chain((history) =>
          fc
            .tuple(deliveriesOf(history.events), fc.option(fc.nat(history.events.length - 1)))
            .map(([delivered, withdrawnAt]) => ({ ticketId, ...history, delivered, withdrawnAt })),
        ),
      );

    await checkProperty(histories, async ({ ticketId, orders, delivered, withdrawnAt }) => {
      await tickets.ctx.tickets.model.deleteOne({ _id: ticketId });
      await tickets.ctx.tickets.holdings.model.deleteMany({ ticketId });
      const offer = {
        id: ticketId,
        userId: newId(),
        title: 'Final',
        priceInMinorUnits: 1_999,
        currency: 'usd' as const,
      };
      await tickets.ctx.tickets.create(() => list(offer), cause);
      for (const [at, event] of delivered.entries()) {
        if (at === withdrawnAt) await tickets.ctx.tickets.change(ticketId, withdrawBySystem, cause);
        await deliver(event);
      }
      const { status, orderId } = await tickets.ctx.tickets.get(ticketId);
      expect({ status, orderId }).toEqual(
        expectedStatus(orders, withdrawnAt === null ? 'available' : 'withdrawn'),
      );
    });
  },
  timeoutMs,
);

test(
  'the counters of a ticket are the places that its orders hold',
  async () => {
    const tickets = await startForTest(ticketsService);
    started.push(() => tickets.stop());
    const deliver = deliverTo(ticketsService.subscriptions?.(tickets.ctx) ?? []);
    const quantities = [6, 2, 1];
    const histories = fc
      .constant(undefined)
      .map(() => quantities.map((quantity) => ({ ticketId: newId(), quantity })))
      .chain((halls) =>
        cartHistories(halls, new Date()).chain((history) =>
          deliveriesOf(history.events).map((delivered) => ({ halls, ...history, delivered })),
        ),
      );

    await checkProperty(histories, async ({ halls, orders, delivered }) => {
      for (const { ticketId, quantity } of halls) {
        await tickets.ctx.tickets.model.deleteOne({ _id: ticketId });
        await tickets.ctx.tickets.holdings.model.deleteMany({ ticketId });
        const offer = { title: 'Final', priceInMinorUnits: 1_999, currency: 'usd' as const, quantity };
        await tickets.ctx.tickets.create(() => list({ id: ticketId, userId: newId(), ...offer }), cause);
      }
      for (const event of delivered) await deliver(event);
      for (const { ticketId, quantity } of halls) {
        const ticket = await tickets.ctx.tickets.get(ticketId);
        const { reserved, sold } = heldOf(ticket);
        expect({ reserved, sold, status: ticket.status }).toEqual(
          expectedCounters(orders, ticketId, quantity),
        );
      }
    });
  },
  timeoutMs,
);

test(
  'tickets knows the last name of a user, and none of a deleted account',
  async () => {
    const tickets = await startForTest(ticketsService);
    started.push(() => tickets.stop());
    const deliver = deliverTo(ticketsService.subscriptions?.(tickets.ctx) ?? []);
    const histories = profileHistories().chain((events) =>
      deliveriesOf(events).map((delivered) => ({ events, delivered })),
    );

    await checkProperty(histories, async ({ events, delivered }) => {
      for (const event of delivered) await deliver(event);
      for (const { type, subject: id, data } of events.slice(-1)) {
        const { version, name } = data as { version: number; name?: string };
        const deleted = type === UserDeleted.type ? true : undefined;
        expect(await tickets.ctx.sellers.get(id)).toEqual({ id, version, name, deleted });
        if (type === UserDeleted.type) expect(name).toBeUndefined();
      }
    });
  },
  timeoutMs,
);

/** The model: an order counts for what it holds in the end. */
function expectedCounters(orders: readonly Order[], ticketId: string, quantity: number) {
  const count = (status: Order['status']) =>
    heldPlaces(
      ticketId,
      orders.filter((order) => order.status === status),
    ).length;
  const [reserved, sold] = [count('created'), count('complete')];
  const status = sold === quantity ? 'sold' : reserved + sold === quantity ? 'reserved' : 'available';
  return { reserved, sold, status };
}

/** The model: the first valid event decides between the buyer and the clock; money that went back has the last word. */
function expectedEnd(delivered: readonly DomainEvent[], isDue: boolean): Order['status'] {
  const types = delivered.map(({ type }) => type);
  const decisive = types.find((type) => type !== 'expiration:complete' || isDue);
  if (decisive === undefined) return 'created';
  if (decisive === 'expiration:complete') return 'cancelled';
  return types.includes('payment:refunded') ? 'refunded' : 'complete';
}

/** The model: only the last order may hold the ticket. */
function expectedStatus(orders: readonly Order[], released: 'available' | 'withdrawn') {
  const last = orders.at(-1);
  if (last?.status === 'complete') return { status: 'sold', orderId: last.id };
  if (last?.status === 'created') return { status: 'reserved', orderId: last.id };
  return { status: released, orderId: undefined };
}

test(
  'the first valid event decides an order, and a refund ends a paid one whenever it arrives',
  async () => {
    const orders = await startForTest(ordersService, { OVERDUE_SWEEP_MS: '3600000' });
    started.push(() => orders.stop());
    const deliver = deliverTo(ordersService.subscriptions?.(orders.ctx) ?? []);
    const ticket = { title: 'Final', priceInMinorUnits: 1_999, currency: 'usd' as const, version: 0 };
    const happened = { isDue: fc.boolean(), isPaid: fc.boolean(), isRefunded: fc.boolean() };
    const cases = fc
      .record({ ...happened, isExpired: fc.boolean() })
      .filter(({ isPaid, isRefunded, isExpired }) => isPaid || isRefunded || isExpired)
      .chain(({ isDue, isPaid, isRefunded, isExpired }) => {
        const orderId = newId();
        const charge = { id: orderId, orderId, stripeId: 'pi_1', amount: '19.99', currency: 'usd' as const };
        const history = [
          ...(isPaid ? [PaymentCreated({ ...charge, version: 2 })] : []),
          ...(isRefunded ? [PaymentRefunded({ ...charge, version: 4, reason: 'refund' })] : []),
          ...(isExpired ? [ExpirationComplete({ orderId })] : []),
        ];
        return deliveriesOf<DomainEvent>(history).map((delivered) => ({ orderId, isDue, delivered }));
      });

    await checkProperty(cases, async ({ orderId, isDue, delivered }) => {
      await orders.ctx.orders.model.deleteOne({ _id: orderId });
      const expiresAt = new Date(Date.now() + (isDue ? -1_000 : 900_000));
      const order: Order = {
        id: orderId,
        userId: newId(),
        ticket: { id: newId(), ...ticket },
        status: 'created',
        expiresAt,
        version: 0,
      };
      await orders.ctx.orders.create(() => accept(order, orderEvent(order)), cause);
      for (const event of delivered) await deliver(event);
      expect((await orders.ctx.orders.get(orderId)).status).toBe(expectedEnd(delivered, isDue));
    });
  },
  timeoutMs,
);

test(
  'an order keeps the places that were not refunded, and none once the whole payment went back',
  async () => {
    const orders = await startForTest(ordersService, { OVERDUE_SWEEP_MS: '3600000' });
    started.push(() => orders.stop());
    const deliver = deliverTo(ordersService.subscriptions?.(orders.ctx) ?? []);
    const refunds = fc.record({
      places: fc.shuffledSubarray([0, 1, 2, 3], { maxLength: 3 }),
      isRefunded: fc.boolean(),
    });
    const cases = refunds.chain(({ places, isRefunded }) => {
      const [seat, hall] = [newId(), newId()];
      const placed = placeCart(
        [{ ticketId: seat, place: 0 }, ...[0, 1, 2, 3].map((place) => ({ ticketId: hall, place }))],
        new Date(),
      );
      const order = orThrow(placed);
      const payment = { id: order.id, orderId: order.id, ...paymentOf(order) };
      const parts = places.map((place, at) => ({
        ...{
          id: `rf-${at}`,
          amount: '19.99',
          status: 'succeeded' as const,
          by: 'seller' as const,
          reason: '',
        },
        places: [{ ticketId: hall, place }],
      }));
      const partly = parts.map((_part, at) =>
        PaymentPartlyRefunded({
          ...{ ...payment, version: 3 + at, refunded: `${at + 1}.00` },
          refunds: parts.slice(0, at + 1),
        }),
      );
      const history = [
        PaymentCreated({ ...payment, version: 2 }),
        ...partly,
        ...(isRefunded ? [PaymentRefunded({ ...payment, version: 9, reason: 'refund' })] : []),
      ];
      const kept = [0, 1, 2, 3].filter((place) => !places.includes(place));
      return deliveriesOf<DomainEvent>(history).map((delivered) => ({
        ...{ order, delivered, hall },
        expected: isRefunded ? { status: 'refunded', held: [] } : { status: 'complete', held: kept },
      }));
    });

    await checkProperty(cases, async ({ order, delivered, hall, expected }) => {
      await orders.ctx.orders.model.deleteOne({ _id: order.id });
      await orders.ctx.orders.create(() => accept(order, orderEvent(order)), cause);
      for (const event of delivered) await deliver(event);
      const stored = await orders.ctx.orders.get(order.id);
      expect({ status: stored.status, held: heldPlaces(hall, [stored]) }).toEqual(expected);
    });
  },
  timeoutMs,
);

test(
  'payments has an open payment for each order that is not cancelled, of its total',
  async () => {
    const payments = await startForTest(paymentsService, { STRIPE_KEY: 'sk_test_properties' });
    started.push(() => payments.stop());
    const deliver = deliverTo(paymentsService.subscriptions?.(payments.ctx) ?? []);
    const isSubscribed = ({ type }: DomainEvent) => type === 'order:created' || type === 'order:cancelled';
    const histories = anyOrders().chain(({ orders, events }) =>
      deliveriesOf(events.filter(isSubscribed)).map((delivered) => ({ orders, delivered })),
    );

    await checkProperty(histories, async ({ orders, delivered }) => {
      for (const { id } of orders) await payments.ctx.payments.model.deleteOne({ _id: id });
      for (const event of delivered) await deliver(event);
      for (const { id, status, ticket } of orders) {
        const payment = await payments.ctx.payments.get(id);
        expect(payment.status).toBe(status === 'cancelled' ? 'void' : 'none');
        if (status !== 'cancelled') expect(payment.amountInMinorUnits).toBe(ticket.priceInMinorUnits);
      }
    });
  },
  timeoutMs,
);

test(
  'auth knows which orders of a user are paid',
  async () => {
    const auth = await startForTest(authService);
    started.push(() => auth.stop());
    const subscriptions = authService.subscriptions?.(auth.ctx) ?? [];
    const deliver = deliverTo(subscriptions);
    const isSubscribed = ({ type }: DomainEvent) => subscriptions.some(({ event }) => event.type === type);
    const histories = anyOrders()
      .map(({ orders, events }) => ({ orders, events: events.filter(isSubscribed) }))
      .filter(({ events }) => events.length > 0)
      .chain(({ orders, events }) => deliveriesOf(events).map((delivered) => ({ orders, delivered })));

    await checkProperty(histories, async ({ orders, delivered }) => {
      for (const { id } of orders) await auth.ctx.paidOrders.model.deleteOne({ _id: id });
      for (const event of delivered) await deliver(event);
      for (const { id, userId, status } of orders)
        expect((await auth.ctx.paidOrders.findIdsOf(userId)).includes(id)).toBe(status === 'complete');
    });
  },
  timeoutMs,
);

test(
  'expiration has one timer for each order',
  async () => {
    const expiration = await startForTest(expirationService);
    started.push(() => expiration.stop());
    const deliver = deliverTo(expirationService.subscriptions?.(expiration.ctx) ?? []);
    const { queue } = expiration.ctx.timers;
    const isSubscribed = ({ type }: DomainEvent) => type === OrderCreated.type;
    const histories = anyOrders().chain(({ orders, events }) =>
      deliveriesOf(events.filter(isSubscribed)).map((delivered) => ({ orders, delivered })),
    );

    await checkProperty(histories, async ({ orders, delivered }) => {
      for (const event of delivered) await deliver(event);
      for (const { id, expiresAt } of orders) {
        const timer = await queue.getJob(`order_${id}`);
        const firesAt = (timer?.timestamp ?? 0) + (timer?.delay ?? 0);
        expect(Math.abs(firesAt - expiresAt.getTime() - 250)).toBeLessThan(1_000);
        await timer?.remove();
      }
    });
    expect(await queue.getDelayedCount()).toBe(0);
  },
  timeoutMs,
);
