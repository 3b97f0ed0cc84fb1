import type { Incoming, UserDeleted } from '@ticketing/common/events';
import type { TicketsContext } from '../store.js';
import { replicateSeller } from '../domain/seller.js';
import { withdrawBySystem } from '../domain/ticket.js';

const concurrency = 16;

// on user:deleted: removes the seller's name, and withdraws the seller's tickets. A reserved or sold ticket is withdrawn when
// its hold ends. An interrupted run is repeated safely, because withdrawn tickets stay as they are. A ticket that the seller
// lists at the same moment is withdrawn by its request, which sees the deleted seller.
export function removeSeller(ctx: TicketsContext) {
  return async ({ data: { id, version }, cause }: Incoming<typeof UserDeleted>): Promise<void> => {
    await ctx.sellers.changeOrCreate(
      id,
      (copy) => replicateSeller(copy, { id, version, deleted: true }),
      cause,
    );

    const ids = await ctx.tickets.findIdsOfferedBy(id);
    for (let start = 0; start < ids.length; start += concurrency)
      await Promise.all(
        ids
          .slice(start, start + concurrency)
          .map((ticketId) => ctx.tickets.change(ticketId, withdrawBySystem, cause)),
      );
  };
}
