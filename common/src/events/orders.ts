import { z } from 'zod';
import { Id } from '../id.js';
import { Currency, DecimalPrice } from '../money.js';
import { defineEvent } from './event.js';

/** Some places of one ticket. */
const Item = z.object({
  ticketId: Id,
  title: z.string(),
  /** the price of one place */
  price: DecimalPrice,
  /** the version of the ticket that the buyer has ordered */
  version: z.int().min(0),
  /** the numbers of the places that the order holds; empty once all are refunded */
  places: z.array(z.int().min(0)),
});

const order = {
  id: Id,
  version: z.int().min(0),
  userId: Id,
  expiresAt: z.iso.datetime(),
  /** The places that the order holds. If absent, the order holds place 0 of `ticket`. */
  items: z.array(Item).optional(),
};

export const OrderCreated = defineEvent({
  type: 'order:created',
  source: 'orders',
  data: z.object({
    ...order,
    status: z.literal('created'),
    ticket: z.object({
      id: Id,
      title: z.string(),
      /** the price of the whole order */
      price: DecimalPrice,
      currency: Currency,
      version: z.int().min(0),
      /** the seller of the ticket */
      sellerId: Id.optional(),
    }),
  }),
  about: ({ id }) => id,
});

export const OrderCancelled = defineEvent({
  type: 'order:cancelled',
  source: 'orders',
  data: z.object({
    ...order,
    status: z.literal('cancelled'),
    reason: z.enum(['buyer', 'expired']),
    /** an operator cancelled it on behalf of the buyer */
    byOperator: z.literal(true).optional(),
    ticket: z.object({ id: Id }),
  }),
  about: ({ id }) => id,
});

export const OrderCompleted = defineEvent({
  type: 'order:completed',
  source: 'orders',
  data: z.object({ ...order, status: z.literal('complete'), ticket: z.object({ id: Id }) }),
  about: ({ id }) => id,
});

/** The whole payment of a complete order went back to the buyer, so the order no longer holds its ticket. */
export const OrderRefunded = defineEvent({
  type: 'order:refunded',
  source: 'orders',
  data: z.object({
    ...order,
    status: z.literal('refunded'),
    /** the reason of payment:refunded */
    reason: z.string(),
    ticket: z.object({ id: Id }),
  }),
  about: ({ id }) => id,
});

/** A part of a complete order was refunded by place. The order keeps the places in `items`. */
export const OrderPlacesFreed = defineEvent({
  type: 'order:places-freed',
  source: 'orders',
  data: z.object({
    ...order,
    status: z.literal('complete'),
    ticket: z.object({ id: Id }),
    items: z.array(Item),
  }),
  about: ({ id }) => id,
});
