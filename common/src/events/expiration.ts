import { z } from 'zod';
import { Id } from '../id.js';
import { defineEvent } from './event.js';

/** A hint that an order's window has closed. Orders' own clock decides. */
export const ExpirationComplete = defineEvent({
  type: 'expiration:complete',
  source: 'expiration',
  data: z.object({ orderId: Id }),
  about: ({ orderId }) => orderId,
});
