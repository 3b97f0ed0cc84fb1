// The copy of a ticket that orders are placed from. Events of tickets keep it up to date.

import { accept, already, type Decision } from '@ticketing/common/decision';
import type { Currency } from '@ticketing/common/money';

export type Ticket = Readonly<{
  id: string;
  title: string;
  priceInMinorUnits: number;
  currency: Currency;
  /** Copies of earlier releases have no seller. */
  sellerId?: string | undefined;
  /** The version at which the seller last changed the offer; if absent, `version`. */
  offerVersion?: number | undefined;
  /** The number of equal places; if absent, 1. */
  quantity?: number | undefined;
  /** The number of free places that tickets knows of. It lags behind: a hint. */
  available?: number | undefined;
  /** The seller has withdrawn the ticket: it accepts no new orders. */
  withdrawn?: true | undefined;
  version: number;
}>;

/** The number of places of a ticket. */
export const quantityOf = ({ quantity = 1 }: Ticket): number => quantity;

/**
 * Compares the present offer with the versions of the ticket that the buyer accepts; undefined accepts every offer. The
 * result is `unknown` if the buyer has seen a version that is newer than this copy.
 */
export function compareOffer(
  { offerVersion, version }: Ticket,
  accepted: readonly number[] | undefined,
): 'seen' | 'changed' | 'unknown' {
  const since = offerVersion ?? version;
  if (accepted?.some((seen) => seen >= since && seen <= version) ?? true) return 'seen';
  return accepted?.some((seen) => seen > version) ? 'unknown' : 'changed';
}

/** Accepts a received ticket unless it is older. The same version is accepted, so a repeat repairs a bad copy. */
export function replicate(copy: Ticket | undefined, received: Ticket): Decision<Ticket> {
  return copy && copy.version > received.version ? already(copy) : accept(received);
}
