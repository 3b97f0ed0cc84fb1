import { handle, ok, operator } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { z } from 'zod';
import { releaseOrder as release } from '../release.js';
import type { OrdersContext } from '../store.js';
import { OrderView, viewOrder } from './order-view.js';

const Params = z.object({ orderId: Id });

// POST /api/orders/office/releases/:orderId: an operator cancels an unpaid or free order, so that its places are free again.
export function releaseOrder(ctx: OrdersContext) {
  return handle(
    {
      name: 'releaseOrder',
      summary: 'An operator cancels an unpaid or free order. Repeating the request is harmless.',
      user: operator,
      params: Params,
      answers: { 200: OrderView },
      refusals: ['order-complete'],
    },
    async ({ params, cause, orThrow }) => ok(viewOrder(orThrow(await release(ctx, params.orderId, cause)))),
  );
}
