import type { Incoming, OrderCancelled, OrderCompleted, OrderCreated } from '@ticketing/common/events';
import type { TicketsContext } from '../context.js';
import { recordOrder as record } from '../domain/ticket.js';

type OrderNews = Incoming<typeof OrderCreated | typeof OrderCancelled | typeof OrderCompleted>;

// on order:created, order:cancelled, order:completed: the ticket is reserved, free or sold, as its orders say.
export function recordOrder(ctx: TicketsContext) {
  return ({ data, cause }: OrderNews) => {
    const { id: orderId, version, status, expiresAt, ticket } = data;
    const news = { orderId, version, status, expiresAt: new Date(expiresAt) };

    return ctx.tickets.change(ticket.id, (current) => record(current, news, ctx.now()), cause);
  };
}
