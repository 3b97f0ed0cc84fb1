import type { Cause } from '@ticketing/common';
import type { TicketsContext } from '../context.js';
import { withdrawBySystem } from '../domain/ticket.js';

const atOnce = 16;

// For when a seller is gone: takes back all that they offer. What somebody holds at this moment is taken back when the hold
// ends. May be interrupted and repeated: what is withdrawn already is left as it is.
export function withdrawTicketsOf(ctx: TicketsContext) {
  return async (userId: string, cause: Cause): Promise<void> => {
    const ids = await ctx.tickets.findIdsOfferedBy(userId);

    for (let start = 0; start < ids.length; start += atOnce)
      await Promise.all(
        ids.slice(start, start + atOnce).map((id) => ctx.tickets.change(id, withdrawBySystem, cause)),
      );
  };
}
