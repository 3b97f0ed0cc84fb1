import type { Incoming, UserDeleted } from '@ticketing/common/events';
import type { TicketsContext } from '../store.js';
import { withdrawBySystem } from '../domain/ticket.js';

const concurrency = 16;

// on user:deleted: withdraws the seller's tickets. A reserved or sold ticket is withdrawn when its hold ends. An interrupted run
// is repeated safely, because withdrawn tickets stay as they are.
export function withdrawTicketsOfUser(ctx: TicketsContext) {
  return async ({ data: { id: userId }, cause }: Incoming<typeof UserDeleted>): Promise<void> => {
    const ids = await ctx.tickets.findIdsOfferedBy(userId);

    for (let start = 0; start < ids.length; start += concurrency)
      await Promise.all(
        ids.slice(start, start + concurrency).map((id) => ctx.tickets.change(id, withdrawBySystem, cause)),
      );
  };
}
