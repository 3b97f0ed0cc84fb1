// A sale: an order as its seller sees it.

import type { Order, soldStatuses } from './order.js';

export type Sale = Readonly<{ order: Order; soldAt: Date }>;

type Recorded = Readonly<{
  history: readonly Readonly<{ at: Date; to: string }>[];
  changedAt: Date;
}>;

/** When an order was completed. The event of a refund may have come before that of the payment: then the time of the refund. */
export function soldAt({ history, changedAt }: Recorded): Date {
  const at = (status: (typeof soldStatuses)[number]) => history.find(({ to }) => to === status)?.at;
  return at('complete') ?? at('refunded') ?? changedAt;
}
