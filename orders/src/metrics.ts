import { readGauges, type Metrics } from '@ticketing/common/observability';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Order } from './domain/order.js';
import type { OrdersContext } from './store.js';

export function openMetrics({ registry, swept }: Pick<Metrics, 'registry' | 'swept'>) {
  const registers = [registry];
  const lateness = new Histogram({
    name: 'ticketing_expiry_lateness_seconds',
    help: 'Seconds from the expiry of an unpaid order to the release of its places',
    buckets: [0.25, 0.5, 1, 2, 5, 10, 30, 60, 120],
    registers,
  });
  return {
    swept,
    active: new Gauge({
      name: 'ticketing_orders_active',
      help: 'Open orders, which hold unpaid places; counted up to 100,000',
      registers,
    }),
    overdue: new Gauge({
      name: 'ticketing_orders_overdue_seconds',
      help: 'Seconds since the expiry of the longest overdue open order; 0 without one',
      registers,
    }),

    placeCollisions: new Counter({
      name: 'ticketing_place_collisions_total',
      help: 'Reads of taken places after a collision with another process; concurrent orders share one',
      registers,
    }),
    placeReadings: new Counter({
      name: 'ticketing_place_readings_total',
      help: 'Reads of all held places of a ticket that seemed to have too few free ones',
      registers,
    }),

    /** Records the release of an expired order. */
    released({ expiresAt }: Pick<Order, 'expiresAt'>, now: Date): void {
      lateness.observe(Math.max(0, now.getTime() - expiresAt.getTime()) / 1_000);
    },
  };
}

/** Sets the gauges of open and overdue orders. A failed query leaves no stale value. */
export async function measureOrders({ orders, metrics, now }: OrdersContext): Promise<void> {
  const [open, [due]] = await readGauges([metrics.active, metrics.overdue], () =>
    Promise.all([orders.countOpen(), orders.findDueBefore(now(), 1)]),
  );
  metrics.active.set(open);
  metrics.overdue.set(due ? (now().getTime() - due.expiresAt.getTime()) / 1_000 : 0);
}
