import { accept, refuse, type Decision } from '@ticketing/common';

export type User = Readonly<{
  id: string;
  /** trimmed and lower-cased; one account has it */
  email: string;
  passwordHash: string;
  version: number;
}>;

/** `holder` is who has this e-mail address already. */
export function register(
  applicant: Omit<User, 'version'>,
  holder: User | undefined,
): Decision<User, 'email-in-use'> {
  return holder ? refuse('email-in-use') : accept({ ...applicant, version: 0 });
}
