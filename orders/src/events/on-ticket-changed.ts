import type { Incoming, TicketCreated, TicketUpdated } from '@ticketing/common/events';
import { toMinorUnits } from '@ticketing/common/money';
import type { OrdersContext } from '../context.js';
import { track, type Ticket } from '../domain/ticket.js';

// on ticket:created, ticket:updated, ticket:withdrawn: keeps the copy that orders are placed from.
export function replicateTicket(ctx: OrdersContext, as: Pick<Ticket, 'withdrawn'> = {}) {
  return ({ data, cause }: Incoming<typeof TicketCreated | typeof TicketUpdated>) => {
    const { id, title, price, currency, version } = data;
    const news = { id, title, priceInMinorUnits: toMinorUnits(price, currency), currency, version, ...as };

    const save = version === 0 ? ctx.tickets.createOrChange : ctx.tickets.changeOrCreate;
    return save(id, (copy) => track(copy, news), cause);
  };
}
