import type { Incoming, UserDeleted } from '@ticketing/common/events';
import type { TicketsContext } from '../context.js';
import { withdrawBySystem } from '../domain/ticket.js';

const atOnce = 16;

// on user:deleted. Takes back all that the seller offers. What somebody holds at this moment is taken back when the hold
// ends. May be interrupted and repeated: what is withdrawn already is left as it is.
export function withdrawTicketsOf(ctx: TicketsContext) {
  return async ({ data: { id: userId }, cause }: Incoming<typeof UserDeleted>): Promise<void> => {
    const ids = await ctx.tickets.findIdsOfferedBy(userId);

    for (let start = 0; start < ids.length; start += atOnce)
      await Promise.all(
        ids.slice(start, start + atOnce).map((id) => ctx.tickets.change(id, withdrawBySystem, cause)),
      );
  };
}
