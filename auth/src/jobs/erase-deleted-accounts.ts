import { personalEvents } from '@ticketing/common/events';
import type { Job } from '@ticketing/common/service';
import { markErased } from '../domain/user.js';
import type { AuthContext } from '../store.js';

const maxAtOnce = 100;

// Every minute: removes the events of deleted accounts from the bus. A consumer that has not received them receives
// user:deleted, which is newer than all of them. An interrupted run is repeated safely.
export function eraseDeletedAccounts(ctx: AuthContext): Job['run'] {
  return async ({ cause, signal }) => {
    const ids = await ctx.users.findErasable(ctx.now(), maxAtOnce);

    for (const id of ids) {
      if (signal.aborted) return;
      const isErased = await ctx.bus.erase(personalEvents, id);
      if (!isErased)
        ctx.log.info({ user: id }, 'this bus keeps the events of a deleted account for seven days');
      await ctx.users.change(id, markErased, cause);
    }
  };
}
