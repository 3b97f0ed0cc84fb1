import type { Fact } from '@ticketing/common';
import type { ExpirationContext } from '../context.js';

// The command `facts`: the orders whose timer runs.
export async function* reportFacts(ctx: ExpirationContext): AsyncGenerator<Fact> {
  for (const orderId of await ctx.timers.running()) yield { about: 'orders', id: orderId, values: {} };
}
