// Declares, configures and runs a service.

export { on, type Subscription } from '../bus/subscription.js';
export {
  BaseConfig,
  constant,
  DatabaseConfig,
  integer,
  isConstant,
  privateKey,
  readConfig,
  secret,
} from './config.js';
export { every, type Job } from './jobs.js';
export { mongodb, type Mongodb } from './mongodb.js';
export { run } from './run.js';
export { defineService, type Base, type Worker } from './service.js';
export { withSessionEvents } from './sessions.js';
export { startService } from './start.js';
