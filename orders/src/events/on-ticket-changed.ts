import type { Incoming, TicketCreated, TicketUpdated } from '@ticketing/common/events';
import { toMinorUnits } from '@ticketing/common/money';
import { replicate, type Ticket } from '../domain/ticket.js';
import type { OrdersContext } from '../store.js';

// on ticket:created, ticket:updated, ticket:withdrawn: updates the copy of the ticket that orders are placed from.
export function replicateTicket(ctx: OrdersContext, extra: Pick<Ticket, 'withdrawn'> = {}) {
  return ({ data, cause }: Incoming<typeof TicketCreated | typeof TicketUpdated>) => {
    const { id, title, price, currency, userId: sellerId, offerVersion, quantity, available, version } = data;
    const received = {
      id,
      title,
      priceInMinorUnits: toMinorUnits(price, currency),
      currency,
      sellerId,
      offerVersion,
      quantity,
      available,
      version,
      ...extra,
    };

    const save = version === 0 ? ctx.tickets.insertOrChange : ctx.tickets.changeOrCreate;
    return save(id, (copy) => replicate(copy, received), cause);
  };
}
