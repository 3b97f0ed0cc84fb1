// The copy of a user's profile, and which mails the user does not want.
//
// A deleted user stays as a tombstone without data, so that a late event does not bring the person back.

import { accept, already, type Decision } from '@ticketing/common/decision';
import type { Locale } from '@ticketing/common/events';
import type { Kind } from '../templates/types.js';

export type Profile = Readonly<{
  email: string;
  name?: string | undefined;
  locale?: Locale | undefined;
  timeZone?: string | undefined;
}>;

export type Person = Partial<Profile> &
  Readonly<{
    id: string;
    /** of the user in auth; `unknown` before the first event */
    version: number;
    /** mails that the user has turned off */
    unwanted?: readonly OptionalKind[] | undefined;
    deletedAt?: Date | undefined;
  }>;

/** Mails that people can do without. All others are about their money or the safety of their account. */
export const optionalKinds = ['order-expired', 'seller-sold', 'seller-refunded'] as const;
export type OptionalKind = (typeof optionalKinds)[number];

export const isOptional = (kind: string): kind is OptionalKind =>
  optionalKinds.includes(kind as OptionalKind);

const unknown = -1;

type Received = Profile & Readonly<{ id: string; version: number }>;

/** Takes the profile of an event, unless a newer one has arrived or the user is deleted. */
export function replicate(person: Person | undefined, received: Received): Decision<Person> {
  if (person && (person.deletedAt || person.version >= received.version)) return already(person);
  return accept({ ...received, unwanted: person?.unwanted });
}

export function remove(person: Person | undefined, id: string, version: number, now: Date): Decision<Person> {
  if (person?.deletedAt) return already(person);
  return accept({ id, version, deletedAt: now });
}

/** Sets which mails are not wanted. A deleted user has no preferences. */
export function setUnwanted(
  person: Person | undefined,
  id: string,
  unwanted: readonly OptionalKind[],
): Decision<Person> {
  if (person?.deletedAt) return already(person);
  const before = person?.unwanted ?? [];
  const isSame = before.length === unwanted.length && before.every((kind) => unwanted.includes(kind));
  if (person && isSame) return already(person);
  return accept({ ...(person ?? { id, version: unknown }), unwanted });
}

export const isWanted = ({ unwanted = [] }: Pick<Person, 'unwanted'>, kind: Kind): boolean =>
  !isOptional(kind) || !unwanted.includes(kind);
