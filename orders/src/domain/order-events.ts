// How an order is published, and what its history shows.

import {
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  OrderRefunded,
  type DomainEvent,
} from '@ticketing/common/events';
import { toDecimal } from '@ticketing/common/money';
import type { Order } from './order.js';

/** The event that describes the present state of an order. */
export function orderEvent(order: Order): DomainEvent {
  const { id, version, userId } = order;
  const head = { id, version, userId, expiresAt: order.expiresAt.toISOString() };
  const { priceInMinorUnits, ...offer } = order.ticket;
  const ticket = { id: offer.id };
  switch (order.status) {
    case 'created': {
      const price = toDecimal(priceInMinorUnits, offer.currency);
      return OrderCreated({ ...head, status: order.status, ticket: { ...offer, price } });
    }
    case 'cancelled': {
      const { status, reason, byOperator } = order;
      return OrderCancelled({ ...head, status, reason, ...(byOperator && { byOperator }), ticket });
    }
    case 'complete':
      return OrderCompleted({ ...head, status: order.status, ticket });
    case 'refunded':
      return OrderRefunded({ ...head, status: order.status, reason: order.reason, ticket });
  }
}

/** The detail of a change of status in the history. */
export function historyDetail(before: Order | undefined, after: Order): string | undefined {
  if (before?.status === after.status) return undefined;
  if (!before) return `ticket ${after.ticket.id}`;
  switch (after.status) {
    case 'cancelled':
    case 'refunded':
      return after.reason;
    case 'complete':
      return after.stripeId;
    case 'created':
      return undefined;
  }
}
