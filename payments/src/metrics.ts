import type { Metrics } from '@ticketing/common/observability';
import { Gauge } from 'prom-client';

export type PaymentsMetrics = ReturnType<typeof openMetrics>;

export function openMetrics({ registry, swept }: Pick<Metrics, 'registry' | 'swept'>) {
  const registers = [registry];
  return {
    swept,
    unsettled: new Gauge({
      name: 'ticketing_payments_unsettled',
      help: 'Payments about which something is still to be done at Stripe, by status',
      labelNames: ['status'],
      registers,
    }),
    oldest: new Gauge({
      name: 'ticketing_payments_unsettled_oldest_seconds',
      help: 'Since when the longest untouched of them has waited; 0 when there is none',
      registers,
    }),
  };
}
