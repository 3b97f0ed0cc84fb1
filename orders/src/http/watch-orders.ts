import { handle, required, stream } from '@ticketing/common/http';
import { z } from 'zod';
import type { OrdersContext } from '../store.js';
import { OrderView } from './order-view.js';

// GET /api/orders/events: the newest 100 orders of the user, in any status, and then each order that is new or changes.
export function watchOrders(ctx: OrdersContext) {
  return handle(
    {
      name: 'watchOrders',
      summary: 'Shows the user’s newest 100 orders, and then each order that is new or changes.',
      user: required,
      headers: ['Last-Event-ID'],
      answers: { 200: z.array(OrderView) },
      streams: 'several',
    },
    async ({ user }) => stream(ctx.live.ofOwner(user.id)),
  );
}
