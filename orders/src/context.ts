import { backupOf, deadLettersIn, knownBrokerIn, openDatabase, type Platform } from '@ticketing/common';
import type { Config } from './config.js';
import { openOrders, openTickets } from './storage.js';

export type OrdersContext = ReturnType<typeof openContext>;

export function openContext(platform: Platform<Config>) {
  const { config, log, now, newId, bus } = platform;
  const database = openDatabase(platform);
  const orders = openOrders(database, platform);

  return {
    config,
    log,
    now,
    newId,
    bus,
    orders,
    tickets: openTickets(database, platform),
    outboxes: [orders.outbox],
    deadLetters: deadLettersIn(database),
    knownBroker: knownBrokerIn(database),
    backup: backupOf(database),
    ready: { database: database.problem },
    close: database.close,
  };
}
