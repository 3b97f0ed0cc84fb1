import type { Metrics } from '@ticketing/common/observability';
import { Gauge, Histogram } from 'prom-client';
import type { Order } from './domain/order.js';

export type OrdersMetrics = ReturnType<typeof openMetrics>;

export function openMetrics({ registry, swept }: Pick<Metrics, 'registry' | 'swept'>) {
  const registers = [registry];
  const lateness = new Histogram({
    name: 'ticketing_expiry_lateness_seconds',
    help: 'How long after the end of its window an unpaid order gave its ticket free',
    buckets: [0.25, 0.5, 1, 2, 5, 10, 30, 60, 120],
    registers,
  });
  return {
    swept,
    active: new Gauge({
      name: 'ticketing_orders_active',
      help: 'Open orders: each holds a ticket that is not paid yet; counted up to 100,000',
      registers,
    }),
    overdue: new Gauge({
      name: 'ticketing_orders_overdue_seconds',
      help: 'How long the longest overdue open order has been due; 0 when none is',
      registers,
    }),

    /** Notes when an order was freed whose window had closed. */
    freed({ expiresAt }: Pick<Order, 'expiresAt'>, now: Date): void {
      lateness.observe(Math.max(0, now.getTime() - expiresAt.getTime()) / 1_000);
    },
  };
}
