import { z } from 'zod';
import { Id } from '../id.js';
import { Currency, DecimalPrice } from '../money.js';
import { defineEvent } from './event.js';

const order = {
  id: Id,
  version: z.int().min(0),
  userId: Id,
  expiresAt: z.iso.datetime(),
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
      price: DecimalPrice,
      currency: Currency,
      version: z.int().min(0),
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
