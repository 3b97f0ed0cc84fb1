import type { Metrics } from '@ticketing/common/observability';
import { Gauge } from 'prom-client';
import { unsettled } from './domain/payment.js';
import type { PaymentsContext } from './store.js';

export function openMetrics({ registry, swept }: Pick<Metrics, 'registry' | 'swept'>) {
  const registers = [registry];
  return {
    swept,
    unsettled: new Gauge({
      name: 'ticketing_payments_unsettled',
      help: 'Payments with a pending step at Stripe, by status',
      labelNames: ['status'],
      registers,
    }),
    oldest: new Gauge({
      name: 'ticketing_payments_unsettled_oldest_seconds',
      help: 'Age of the oldest unsettled payment, in seconds; 0 without one',
      registers,
    }),
  };
}

/** Sets the gauges of unsettled payments. A failed query leaves no stale value. */
export async function measurePayments({ payments, metrics, now }: PaymentsContext): Promise<void> {
  metrics.unsettled.reset();
  metrics.oldest.remove();
  const found = await payments.countUnsettled();
  for (const status of unsettled) metrics.unsettled.set({ status }, found.get(status)?.count ?? 0);
  const since = [...found.values()].map((group) => group.since.getTime());
  metrics.oldest.set(since.length === 0 ? 0 : (now().getTime() - Math.min(...since)) / 1_000);
}
