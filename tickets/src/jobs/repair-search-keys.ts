import type { Job } from '@ticketing/common/service';
import type { TicketsContext } from '../store.js';

// At the start, and now and then: tickets that an older version of this service has stored, or a backup has brought back,
// are found by the same rules as all others.
export function repairSearchKeys(ctx: TicketsContext): Job['run'] {
  return async ({ signal }) => {
    const tickets = await ctx.tickets.mendKeys(signal);

    if (tickets > 0)
      ctx.log.info({ tickets }, 'tickets that were stored by older rules can be found by those of now');
  };
}
