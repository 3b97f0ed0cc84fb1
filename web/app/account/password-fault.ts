export type PasswordFault = 'short' | 'long' | 'own-address' | 'common';

/** Why the API has refused a new password. It alone decides; this finds the words. */
export function passwordFault(password: string, email: string): PasswordFault {
  const { length } = Array.from(password);
  if (length < 8) return 'short';
  if (length > 128) return 'long';
  const own = email.trim().toLowerCase();
  return [own, own.split('@')[0]].includes(password.trim().toLowerCase()) ? 'own-address' : 'common';
}
