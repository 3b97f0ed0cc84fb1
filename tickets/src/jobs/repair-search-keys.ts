import type { Job } from '@ticketing/common/service';
import type { TicketsContext } from '../store.js';

// At the start and every few hours: an older release or a restored backup may have stored tickets with outdated search keys.
export function repairSearchKeys(ctx: TicketsContext): Job['run'] {
  return async ({ signal }) => {
    const tickets = await ctx.tickets.repairSearchKeys(signal);

    if (tickets > 0) ctx.log.info({ tickets }, 'search keys of tickets repaired');
  };
}
