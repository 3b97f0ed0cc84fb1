import { z } from 'zod';
import { Id } from '../id.js';
import { defineEvent } from './event.js';

/** A hint that an order has expired. The orders service decides by its own clock. */
export const ExpirationComplete = defineEvent({
  type: 'expiration:complete',
  source: 'expiration',
  data: z.object({ orderId: Id }),
  about: ({ orderId }) => orderId,
});
