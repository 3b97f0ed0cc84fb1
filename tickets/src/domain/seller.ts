// The copy of what everybody may see of a seller: the name. Events of auth keep it up to date.

import { accept, already, type Decision } from '@ticketing/common/decision';

export type Seller = Readonly<{
  id: string;
  /** of the account, as auth has published it */
  version: number;
  /** Absent if the seller has given none, or has deleted the account. */
  name?: string | undefined;
  /** The account is deleted. Copies of earlier releases lack it. */
  deleted?: true | undefined;
}>;

/**
 * Accepts a received seller unless it is older. The same version is accepted, so a repeat repairs a bad copy. A deleted
 * account is received without a name; its version stays stored, so a late event does not bring the name back.
 */
export function replicateSeller(copy: Seller | undefined, received: Seller): Decision<Seller> {
  return copy && copy.version > received.version ? already(copy) : accept(received);
}
