// What operators do with orders and find of them.

import { orThrow } from '@ticketing/common/decision';
import { command, type Found, type Stuck } from '@ticketing/common/operator';
import type { Order } from './domain/order.js';
import { OrderView } from './http/order-view.js';
import { releaseOrder } from './release.js';
import type { OrdersContext } from './store.js';
import { findStuckOrders } from './stuck.js';

const mostListed = 20;
const everyStatus = OrderView.shape.status.options;

export const release = command(
  'release <orderId>',
  'cancels an unpaid or free order, so that its ticket is free again',
  async (ctx: OrdersContext, { args: { orderId }, cause, print }) => {
    const decision = await releaseOrder(ctx, orderId, cause);

    const { id, status, ticket } = orThrow(decision);
    const isNew = decision.outcome === 'accepted';
    await print(
      isNew ? `order ${id} is cancelled; it held ticket ${ticket.id}` : `order ${id} was ${status} before`,
    );
  },
);

/** The order with this id, the order that holds the ticket with this id, and the newest orders of the buyer with this id. */
export async function* findOrders({ orders }: OrdersContext, text: string): AsyncGenerator<Found> {
  const one = [await orders.find(text), await orders.findHolderOf(text)];
  yield* one.filter((order) => order !== undefined).map(toFound);
  yield* (await orders.findByBuyer(text, everyStatus, mostListed)).map(toFound);
}

function toFound(order: Order): Found {
  const { id, status, userId, ticket } = order;
  const payment = 'stripeId' in order ? order.stripeId : undefined;
  return { what: 'order', id, status, related: { buyer: userId, ticket: ticket.id, payment } };
}

/** Open orders whose time has been over for two minutes. */
export async function* stuckOrders(ctx: OrdersContext): AsyncGenerator<Stuck> {
  for (const { id, expiresAt } of await findStuckOrders(ctx))
    yield {
      what: `order ${id}`,
      problem: 'open, although its time is over',
      since: expiresAt,
      action: `Look at the bus and at the log of orders, or free its ticket: ops release ${id}`,
    };
}
