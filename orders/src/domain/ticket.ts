// The local copy of a ticket: what an order needs to know of it, kept up to date by its events.

import { accept, already, type Decision } from '@ticketing/common/decision';
import type { Currency } from '@ticketing/common/money';

export type Ticket = Readonly<{
  id: string;
  title: string;
  priceInMinorUnits: number;
  currency: Currency;
  /** its seller has taken it back: no new orders */
  withdrawn?: true | undefined;
  version: number;
}>;

/** Takes what an event says unless it is older; equally old is taken too, so that a repeated event mends a bad copy. */
export function track(copy: Ticket | undefined, news: Ticket): Decision<Ticket> {
  return copy && copy.version > news.version ? already(copy) : accept(news);
}
