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
 * Accepts a received seller unless it is older. The same version is accepted, so a repeat repairs a bad copy. A deletion is
 * final, whatever its version: an auth that was restored from a backup begins at earlier versions again.
 */
export function replicateSeller(copy: Seller | undefined, received: Seller): Decision<Seller> {
  if (!copy) return accept(received);
  const isOlder = copy.version > received.version;
  if (copy.deleted || (isOlder && !received.deleted)) return already(copy);
  return accept({ ...received, version: Math.max(copy.version, received.version) });
}
