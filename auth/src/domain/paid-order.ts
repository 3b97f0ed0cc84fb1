// Which orders of a user are paid, as the events of orders tell it. An order counts from its completion until it is
// refunded or cancelled. The end is kept for some days, because the completion may arrive after it.

import { accept, already, type Decision } from '@ticketing/common/decision';

export type PaidOrder = Readonly<{
  id: string;
  userId: string;
  /** of the order */
  version: number;
  /** when this service learned that the order was refunded or cancelled */
  endedAt?: Date | undefined;
}>;

/** Accepts what an event tells, unless a newer one has arrived before. */
export function replicate(copy: PaidOrder | undefined, received: PaidOrder): Decision<PaidOrder> {
  return copy && copy.version >= received.version ? already(copy) : accept(received);
}

// An order begins with version 0, and each change adds one.
const firstPaidVersion = 1;

/** May the order have been complete before this version? Most cancelled orders were not, and nothing is kept of them. */
export const mayHaveBeenPaid = ({ version }: Pick<PaidOrder, 'version'>): boolean =>
  version > firstPaidVersion;
