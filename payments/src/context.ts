import { deadLettersIn, brokerIdentityIn } from '@ticketing/common/bus';
import { idempotencyKeysIn, openDatabase } from '@ticketing/common/documents';
import { isOutage } from '@ticketing/common/errors';
import { revokedSessionsIn } from '@ticketing/common/http';
import type { Cause } from '@ticketing/common/observability';
import { backupOf } from '@ticketing/common/operator';
import type { Platform } from '@ticketing/common/service';
import { openCards } from './cards.js';
import type { Config } from './config.js';
import { unsettled, type Payment } from './domain/payment.js';
import { openMetrics } from './metrics.js';
import { settle } from './settlement.js';
import { openPayments } from './store.js';

export type PaymentsContext = ReturnType<typeof openContext>;

export function openContext(platform: Platform<Config>) {
  const { config, log, now } = platform;
  const database = openDatabase(platform);
  const revokedSessions = revokedSessionsIn(database);
  const payments = openPayments(database, platform);
  const metrics = openMetrics(platform.metrics);
  const background = new Set<Promise<unknown>>();

  const ctx = {
    config,
    log,
    now,
    payments,
    metrics,
    cards: openCards(config, log),

    /** Settles without being waited for; what fails is taken up by the sweep. `close` waits. */
    settleSoon(payment: Payment, cause: Cause): void {
      ctx.runInBackground(settle(ctx, payment, cause), payment.id);
    },

    /** Looks after work that the caller no longer waits for. */
    runInBackground(work: Promise<unknown>, id: string): void {
      const watched = work
        .catch((error: unknown) =>
          log[isOutage(error) ? 'warn' : 'error'](
            { err: error, orderId: id },
            'not settled yet: the sweep will',
          ),
        )
        .finally(() => background.delete(watched));
      background.add(watched);
    },

    outboxes: [payments.outbox],
    idempotencyKeys: idempotencyKeysIn(database, platform),
    deadLetters: deadLettersIn(database),
    brokerIdentity: brokerIdentityIn(database),
    backup: backupOf(database),
    async gauge() {
      metrics.unsettled.reset();
      metrics.oldest.remove();
      const waiting = await payments.countUnsettled();
      for (const status of unsettled) metrics.unsettled.set({ status }, waiting.get(status)?.count ?? 0);
      const since = [...waiting.values()].map((one) => one.since.getTime());
      metrics.oldest.set(since.length === 0 ? 0 : (now().getTime() - Math.min(...since)) / 1_000);
    },
    async history(id: string) {
      return (await payments.historyOf(id)).map((entry) => ({ about: 'payment' as const, id, ...entry }));
    },
    revokedSessions,
    ready: { database: database.problem, sessions: revokedSessions.problem },
    async close() {
      await Promise.all(background);
      await database.close();
    },
  };
  return ctx;
}
