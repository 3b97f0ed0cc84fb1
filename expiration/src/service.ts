import { OrderCreated } from '@ticketing/common/events';
import { defineService, on } from '@ticketing/common/service';
import { Config } from './config.js';
import { scheduleExpiration } from './events/on-order-created.js';
import { completeExpiration } from './jobs/complete-expiration.js';
import { exportSnapshot } from './snapshot.js';
import { openContext, redis } from './store.js';

export const service = defineService({
  name: 'expiration',
  config: Config,
  storage: redis,
  sessions: false,
  open: openContext,
  subscriptions: (ctx) => [on(OrderCreated, scheduleExpiration(ctx))],
  workers: (ctx) => [ctx.timers.whenDue(completeExpiration(ctx))],
  snapshot: exportSnapshot,
});
