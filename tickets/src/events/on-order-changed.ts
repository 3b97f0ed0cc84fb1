import type {
  Incoming,
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  OrderRefunded,
} from '@ticketing/common/events';
import type { TicketsContext } from '../store.js';
import { recordOrder as record } from '../domain/ticket.js';

type OrderEvent = Incoming<
  typeof OrderCreated | typeof OrderCancelled | typeof OrderCompleted | typeof OrderRefunded
>;

// on order:created, order:cancelled, order:completed, order:refunded: records the order, which decides the status of the ticket.
export function recordOrder(ctx: TicketsContext) {
  return ({ data, cause }: OrderEvent) => {
    const { id: orderId, version, status, expiresAt, ticket } = data;
    const order = { orderId, version, status, expiresAt: new Date(expiresAt) };

    return ctx.tickets.change(ticket.id, (current) => record(current, order, ctx.now()), cause);
  };
}
