import type { Incoming, UserCreated, UserUpdated } from '@ticketing/common/events';
import { replicateSeller } from '../domain/seller.js';
import type { TicketsContext } from '../store.js';

// on user:created, user:updated: updates the copy of the name that tickets show. Nothing else of the profile is stored.
export function recordSeller(ctx: TicketsContext) {
  return ({
    data: { id, version, name },
    cause,
  }: Incoming<typeof UserCreated> | Incoming<typeof UserUpdated>) => {
    const save = version === 0 ? ctx.sellers.insertOrChange : ctx.sellers.changeOrCreate;
    return save(id, (copy) => replicateSeller(copy, { id, version, name }), cause);
  };
}
