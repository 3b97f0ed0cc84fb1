import type { Job } from '@ticketing/common/service';
import { withdrawIfOver } from '../domain/ticket.js';
import type { TicketsContext } from '../store.js';

// Every minute: withdraws the tickets for events that are over. Their orders stay valid.
export function withdrawPast(ctx: TicketsContext): Job['run'] {
  return async ({ cause, signal }) => {
    let tickets = 0;
    for (const id of await ctx.tickets.findPast(ctx.now())) {
      if (signal.aborted) break;
      const { outcome } = await ctx.tickets.change(id, (ticket) => withdrawIfOver(ticket, ctx.now()), cause);
      if (outcome === 'accepted') tickets += 1;
    }

    if (tickets > 0) ctx.log.info({ tickets }, 'tickets for past events withdrawn');
  };
}
