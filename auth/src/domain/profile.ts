// The profile of an account: what its owner says about themselves.

import { already, refuse, type Decision } from '@ticketing/common/decision';
import { update, userUpdated, type Account, type Profile, type User } from './account.js';

/** Replaces the profile. What it leaves out is removed. */
export function changeProfile(user: User, profile: Profile): Decision<Account, 'not-found'> {
  if (user.status === 'deleted') return refuse('not-found');
  const { name, locale, timeZone }: Profile = user.profile ?? {};
  const isSame = name === profile.name && locale === profile.locale && timeZone === profile.timeZone;
  return isSame ? already(user) : update({ ...user, profile }, userUpdated);
}
