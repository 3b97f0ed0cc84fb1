import { readGauges, type Metrics } from '@ticketing/common/observability';
import { Counter, Gauge } from 'prom-client';
import { unsettled } from './domain/payment-state.js';
import type { PaymentsContext } from './store.js';

export function openMetrics({ registry, swept }: Pick<Metrics, 'registry' | 'swept'>) {
  const registers = [registry];
  return {
    swept,
    unsettled: new Gauge({
      name: 'ticketing_payments_unsettled',
      help: 'Payments that have not ended, by status: a step at Stripe, a challenge, or a parked charge',
      labelNames: ['status'],
      registers,
    }),
    oldest: new Gauge({
      name: 'ticketing_payments_unsettled_oldest_seconds',
      help: 'Age of the oldest unsettled payment, in seconds; 0 without one',
      registers,
    }),
    webhooksIgnored: new Counter({
      name: 'ticketing_webhooks_ignored_total',
      help: 'Webhooks that changed nothing, by reason: foreign (another system), thin, unhandled',
      labelNames: ['reason'],
      registers,
    }),
    refunds: new Counter({
      name: 'ticketing_refunds_total',
      help: 'Refunds by the status that they reached: requested, pending, succeeded, failed',
      labelNames: ['status'],
      registers,
    }),
  };
}

/** Sets the gauges of unsettled payments. A failed query leaves no stale value. */
export async function measurePayments({ payments, metrics, now }: PaymentsContext): Promise<void> {
  const [found, waiting] = await readGauges([metrics.unsettled, metrics.oldest], () =>
    Promise.all([payments.countUnsettled(), payments.countWaiting()]),
  );
  for (const status of unsettled) metrics.unsettled.set({ status }, found.get(status)?.count ?? 0);
  for (const [status, count] of waiting) metrics.unsettled.set({ status }, count);
  const since = [...found.values()].map((group) => group.since.getTime());
  metrics.oldest.set(since.length === 0 ? 0 : Math.max(0, now().getTime() - Math.min(...since)) / 1_000);
}
