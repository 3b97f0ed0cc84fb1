import type {
  Incoming,
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  OrderPlacesFreed,
  OrderRefunded,
} from '@ticketing/common/events';
import type { TicketsContext } from '../store.js';

type OrderEvent = Incoming<
  | typeof OrderCreated
  | typeof OrderCancelled
  | typeof OrderCompleted
  | typeof OrderRefunded
  | typeof OrderPlacesFreed
>;

// on order:created, order:cancelled, order:completed, order:refunded, order:places-freed: records what the order holds of each
// ticket, which decides how many places are free.
export function recordOrder(ctx: TicketsContext) {
  return async ({ data, cause }: OrderEvent) => {
    const { id: orderId, version, status, ticket, items = [{ ticketId: ticket.id, places: [0] }] } = data;
    const order = { orderId, version, status, expiresAt: new Date(data.expiresAt) };

    const decisions = await Promise.all(
      items.map(({ ticketId, places }) => ctx.tickets.record({ ...order, ticketId, places }, cause)),
    );

    return decisions.find(({ outcome }) => outcome !== 'already') ?? decisions[0];
  };
}
