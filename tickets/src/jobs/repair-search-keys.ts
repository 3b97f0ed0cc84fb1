import type { Job } from '@ticketing/common/service';
import type { TicketsContext } from '../store.js';

// At the start and every few seconds: a process of an earlier release beside this one, or a restored backup, may have stored
// tickets with other search keys. This release finds them only after the repair.
export function repairSearchKeys(ctx: TicketsContext): Job['run'] {
  return async ({ signal }) => {
    const tickets = await ctx.tickets.repairSearchKeys(signal);

    if (tickets > 0) ctx.log.info({ tickets }, 'search keys of tickets repaired');
  };
}
