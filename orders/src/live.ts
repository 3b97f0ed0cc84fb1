// The orders that their buyers can watch.

import {
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  OrderPlacesFreed,
  OrderRefunded,
} from '@ticketing/common/events';
import type { Base } from '@ticketing/common/service';
import { statuses, type Order } from './domain/order.js';
import { viewOrder } from './http/order-view.js';

type Orders = Readonly<{
  find: (id: string) => Promise<Order | undefined>;
  findByBuyer: (userId: string, statuses: readonly Order['status'][], limit: number) => Promise<Order[]>;
}>;

export function openLive({ live }: Pick<Base, 'live'>, { find, findByBuyer }: Orders) {
  return live.feed<Order>({
    events: [OrderCreated, OrderCancelled, OrderCompleted, OrderPlacesFreed, OrderRefunded],
    find,
    view: viewOrder,
    owner: { field: 'userId', find: (userId, limit) => findByBuyer(userId, statuses, limit) },
  });
}
