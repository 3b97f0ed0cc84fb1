// Declares, configures and runs a service.

export { BaseConfig, DatabaseConfig, readConfig, integer } from './config.js';
export { type Job, every } from './jobs.js';
export { run } from './run.js';
export { type Platform, type Worker, defineService, startService } from './service.js';
export { on, type Subscription } from '../bus/subscription.js';
