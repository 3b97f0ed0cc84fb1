// The copy of a ticket that orders are placed from. Events of tickets keep it up to date.

import { accept, already, type Decision } from '@ticketing/common/decision';
import type { Currency } from '@ticketing/common/money';

export type Ticket = Readonly<{
  id: string;
  title: string;
  priceInMinorUnits: number;
  currency: Currency;
  /** The seller has withdrawn the ticket: it accepts no new orders. */
  withdrawn?: true | undefined;
  version: number;
}>;

/** Accepts a received ticket unless it is older. An equally old one is accepted, so that a repeat repairs a bad copy. */
export function replicate(copy: Ticket | undefined, received: Ticket): Decision<Ticket> {
  return copy && copy.version > received.version ? already(copy) : accept(received);
}
