import { defineService, mongodb } from '@ticketing/common/service';
import { Config } from './config.js';
import { openContext } from './store.js';

export const service = defineService({
  name: 'notifications',
  config: Config,
  storage: mongodb,
  sessions: true,
  open: openContext,
  routes: () => [],
  refusals: {},
});
