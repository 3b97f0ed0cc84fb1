import { Id } from '@ticketing/common/id';
import { Currency, DecimalPrice, toDecimal } from '@ticketing/common/money';
import { z } from 'zod';
import type { Order } from '../domain/order.js';

/** An order as its buyer sees it. */
export const OrderView = z
  .object({
    id: Id,
    userId: Id,
    status: z.enum(['created', 'cancelled', 'complete', 'refunded']),
    expiresAt: z.iso.datetime(),
    ticket: z.object({
      id: Id,
      title: z.string(),
      price: DecimalPrice,
      currency: Currency,
      version: z.int().min(0),
    }),
    version: z.int().min(0),
  })
  .meta({ id: 'Order' });

export function viewOrder({
  id,
  userId,
  status,
  expiresAt,
  ticket,
  version,
}: Order): z.infer<typeof OrderView> {
  const { priceInMinorUnits, sellerId: _notShown, ...shown } = ticket;
  const price = toDecimal(priceInMinorUnits, ticket.currency);
  return { id, userId, status, expiresAt: expiresAt.toISOString(), ticket: { ...shown, price }, version };
}
