import { deadLettersIn, brokerIdentityIn } from '@ticketing/common/bus';
import { idempotencyKeysIn, openDatabase } from '@ticketing/common/documents';
import { revokedSessionsIn } from '@ticketing/common/http';
import { backupOf } from '@ticketing/common/operator';
import type { Platform } from '@ticketing/common/service';
import type { Config } from './config.js';
import { openMetrics } from './metrics.js';
import { openOrders, openTickets } from './store.js';

export type OrdersContext = ReturnType<typeof openContext>;

export function openContext(platform: Platform<Config>) {
  const { config, log, now, newId, bus } = platform;
  const database = openDatabase(platform);
  const revokedSessions = revokedSessionsIn(database);
  const orders = openOrders(database, platform);
  const metrics = openMetrics(platform.metrics);

  return {
    config,
    log,
    now,
    newId,
    bus,
    orders,
    metrics,
    tickets: openTickets(database, platform),
    outboxes: [orders.outbox],
    idempotencyKeys: idempotencyKeysIn(database, platform),
    deadLetters: deadLettersIn(database),
    brokerIdentity: brokerIdentityIn(database),
    backup: backupOf(database),
    async gauge() {
      metrics.active.remove();
      metrics.overdue.remove();
      metrics.active.set(await orders.countOpen());
      const [due] = await orders.findDueBefore(now(), 1);
      metrics.overdue.set(due ? (now().getTime() - due.expiresAt.getTime()) / 1_000 : 0);
    },
    async history(id: string) {
      return (await orders.historyOf(id)).map((entry) => ({ about: 'order' as const, id, ...entry }));
    },
    revokedSessions,
    ready: { database: database.problem, sessions: revokedSessions.problem },
    close: database.close,
  };
}
