// The operator commands on orders, and their search.

import { orThrow } from '@ticketing/common/decision';
import { command, type Found, type Stuck } from '@ticketing/common/operator';
import { describeItems } from './domain/items.js';
import type { Order } from './domain/order.js';
import { OrderView } from './http/order-view.js';
import { releaseOrder } from './release.js';
import type { OrdersContext } from './store.js';
import { findStuckOrders } from './stuck.js';

const maxListed = 20;
const everyStatus = OrderView.shape.status.options;

export const release = command(
  'release <orderId>',
  'cancels an unpaid or free order, so that its places are free again',
  async (ctx: OrdersContext, { args: { orderId }, cause, print }) => {
    const decision = await releaseOrder(ctx, orderId, cause);

    const order = orThrow(decision);
    const { id, status } = order;
    const isNew = decision.outcome === 'accepted';
    await print(
      isNew
        ? `order ${id} is cancelled; it held ${describeItems(order)}`
        : `order ${id} is already ${status}`,
    );
  },
);

/** The order with this id, the newest orders that hold the ticket with this id, and those of the buyer with this id. */
export async function* findOrders({ orders, tickets }: OrdersContext, text: string): AsyncGenerator<Found> {
  const order = await orders.find(text);
  if (order) yield toFound(order);
  const ticket = await tickets.find(text);
  if (ticket) yield* (await orders.findHoldersOf(ticket, maxListed)).map(toFound);
  yield* (await orders.findByBuyer(text, everyStatus, maxListed)).map(toFound);
}

function toFound(order: Order): Found {
  const { id, status, userId, ticket } = order;
  const payment = 'stripeId' in order ? order.stripeId : undefined;
  const holds = order.items && describeItems(order);
  return { what: 'order', id, status, related: { buyer: userId, ticket: ticket.id, holds, payment } };
}

/** Open orders whose time has been over for two minutes. */
export async function* stuckOrders(ctx: OrdersContext): AsyncGenerator<Stuck> {
  for (const { id, expiresAt } of await findStuckOrders(ctx))
    yield {
      what: `order ${id}`,
      problem: 'open, although its time is over',
      since: expiresAt,
      action: `Look at the bus and at the log of orders, or free its places: ops release ${id}`,
    };
}
