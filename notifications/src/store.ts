// What use cases of notifications may use.

import type { Base, Mongodb } from '@ticketing/common/service';
import type { Config } from './config.js';

export type NotificationsContext = ReturnType<typeof openContext>;

export function openContext(platform: Base<Config> & Mongodb) {
  const { config, log, now, newId } = platform;
  return { config, log, now, newId };
}
