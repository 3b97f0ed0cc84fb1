import type { Job } from '@ticketing/common/service';
import type { TicketsContext } from '../store.js';

// At the start and every few minutes: pods of the previous release, which write no holdings, may run beside this one. The
// next release removes this job.
export function countUncounted(ctx: TicketsContext): Job['run'] {
  return async ({ cause, signal }) => {
    let tickets = 0;
    for await (const ticket of ctx.tickets.findUncounted()) {
      if (signal.aborted) break;
      await ctx.tickets.settle(ticket, cause);
      tickets += 1;
    }

    if (tickets > 0) ctx.log.info({ tickets }, 'places of tickets counted');
  };
}
