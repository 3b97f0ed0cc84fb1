import { Locale } from '@ticketing/common/events';
import { trimmedText } from '@ticketing/common/text';
import { z } from 'zod';
import type { Account } from '../domain/account.js';

// Offsets such as +01:00 are no names: they do not follow summer time.
const ianaName = /^[A-Za-z][\w+-]*(\/[\w+-]+)*$/;

function isTimeZone(timeZone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone }));
  } catch {
    return false;
  }
}

/** What the owner says about themselves. */
export const ProfileFields = {
  name: trimmedText(60)
    .optional()
    .describe('The name that others see.')
    .meta({ examples: ['Ann'] }),
  locale: Locale.optional()
    .describe('The language of mails.')
    .meta({ examples: ['de'] }),
  timeZone: z
    .string()
    .max(64)
    .regex(ianaName, 'must be the name of a time zone, such as Europe/Berlin')
    .refine(isTimeZone, 'must be the name of a time zone, such as Europe/Berlin')
    .optional()
    .describe('The time zone of times in mails, by its IANA name.')
    .meta({ examples: ['Europe/Berlin'] }),
};

export const ProfileView = z
  .object({
    email: z.string(),
    emailVerified: z.boolean().describe('Has the owner opened a link that was sent to this address?'),
    name: z
      .string()
      .optional()
      .meta({ examples: ['Ann'] }),
    locale: Locale.optional().meta({ examples: ['de'] }),
    timeZone: z
      .string()
      .optional()
      .meta({ examples: ['Europe/Berlin'] }),
  })
  .meta({ id: 'Profile' });

export function viewProfile({ email, emailVerified = false, profile }: Account) {
  return { email, emailVerified, ...profile };
}
