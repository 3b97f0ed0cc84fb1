// How an order is published, and what its history shows.

import {
  OrderCancelled,
  OrderCompleted,
  OrderCreated,
  OrderPlacesFreed,
  OrderRefunded,
  type DomainEvent,
} from '@ticketing/common/events';
import { toDecimal } from '@ticketing/common/money';
import { describeItems, itemsOf, placesOf, priceOf } from './items.js';
import type { Order } from './order.js';

/** The event that describes the present state of an order. */
export function orderEvent(order: Order): DomainEvent {
  const { id, version, userId } = order;
  const items = eventItems(order);
  const head = { id, version, userId, expiresAt: order.expiresAt.toISOString(), ...(items && { items }) };
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
      if (items && isPartlyFreed(order))
        return OrderPlacesFreed({ ...head, items, status: order.status, ticket });
      return OrderCompleted({ ...head, status: order.status, ticket });
    case 'refunded':
      return OrderRefunded({ ...head, status: order.status, reason: order.reason, ticket });
  }
}

/** Has a part of the places of a complete order been refunded? */
const isPartlyFreed = (order: Order): boolean => priceOf(itemsOf(order)) < order.ticket.priceInMinorUnits;

const eventItems = ({ items, ticket }: Order) =>
  items?.map(({ priceInMinorUnits, places, ...item }) => ({
    ...item,
    price: toDecimal(priceInMinorUnits, ticket.currency),
    places: [...places],
  }));

/** The detail of a change of status or places in the history. */
export function historyDetail(before: Order | undefined, after: Order): string | undefined {
  if (!before) return describeItems(after);
  const kept = placesOf(before).length === placesOf(after).length ? [] : [`keeps ${describeItems(after)}`];
  if (before.status === after.status) return kept[0];
  switch (after.status) {
    case 'cancelled':
    case 'refunded':
      return after.reason;
    case 'complete':
      // The refund of a place may arrive before the payment: both are one change then.
      return after.stripeId && [after.stripeId, ...kept].join(', ');
    case 'created':
      return undefined;
  }
}
