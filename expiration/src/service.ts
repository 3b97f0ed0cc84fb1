import { defineService, on, OrderCreated } from '@ticketing/common';
import { Config } from './config.js';
import { openContext } from './context.js';
import { completeExpiration } from './use-cases/complete-expiration.js';
import { reportFacts } from './use-cases/report-facts.js';
import { scheduleExpiration } from './use-cases/schedule-expiration.js';

export const service = defineService({
  name: 'expiration',
  config: Config,
  open: openContext,
  subscriptions: (ctx) => [on(OrderCreated, scheduleExpiration(ctx))],
  workers: (ctx) => [ctx.timers.whenDue(completeExpiration(ctx))],
  facts: reportFacts,
});
