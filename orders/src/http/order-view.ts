import { Id } from '@ticketing/common/id';
import { Currency, DecimalPrice, toDecimal } from '@ticketing/common/money';
import { z } from 'zod';
import { itemsOf } from '../domain/items.js';
import { statuses, type Order } from '../domain/order.js';

const Ticket = z.object({
  id: Id,
  title: z.string(),
  price: DecimalPrice.meta({ description: 'The price of one place.' }),
  currency: Currency,
  version: z.int().min(0),
});

/** An order as its buyer sees it. */
export const OrderView = z
  .object({
    id: Id,
    userId: Id,
    status: z.enum(statuses),
    cancelledBy: z.enum(['buyer', 'operator', 'expiry']).optional().meta({
      description: 'Of a cancelled order: who cancelled it; `expiry` if it was not paid in time.',
    }),
    expiresAt: z.iso.datetime(),
    ticket: Ticket.meta({ description: 'The first ticket of the order.' }),
    items: z.array(
      z.object({
        ticket: Ticket,
        quantity: z.int().min(0).meta({ description: 'The number of places.' }),
        places: z
          .array(z.int().min(0))
          .meta({ description: 'The numbers of the places, without those that were refunded.' }),
      }),
    ),
    total: DecimalPrice.meta({
      description: 'The price of the whole order, refunded places included.',
      examples: ['19.99'],
    }),
    version: z.int().min(0),
  })
  .meta({ id: 'Order' });

export function viewOrder(order: Order): z.infer<typeof OrderView> {
  const { id, userId, status, expiresAt, version } = order;
  const { currency, priceInMinorUnits: total } = order.ticket;
  const items = itemsOf(order).map(({ ticketId, title, priceInMinorUnits, places, ...item }) => ({
    ticket: {
      ...{ id: ticketId, title, price: toDecimal(priceInMinorUnits, currency), currency },
      version: item.version,
    },
    quantity: places.length,
    places: [...places],
  }));
  const [first] = items;
  return {
    ...{ id, userId, status, expiresAt: expiresAt.toISOString() },
    ...(order.status === 'cancelled' && { cancelledBy: cancellerOf(order) }),
    ticket: first?.ticket as NonNullable<typeof first>['ticket'],
    items,
    total: toDecimal(total, currency),
    version,
  };
}

function cancellerOf({ reason, byOperator }: Extract<Order, { status: 'cancelled' }>) {
  if (reason === 'expired') return 'expiry';
  return byOperator ? 'operator' : 'buyer';
}
