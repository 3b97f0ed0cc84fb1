import { Locale } from '@ticketing/common/events';
import { timeZoneName, trimmedText } from '@ticketing/common/text';
import { z } from 'zod';
import type { Account } from '../domain/account.js';

/** The profile that the owner has entered. */
export const ProfileFields = {
  name: trimmedText(60)
    .optional()
    .describe('The name that others see.')
    .meta({ examples: ['Ann'] }),
  locale: Locale.optional()
    .describe('The language of mails.')
    .meta({ examples: ['de'] }),
  timeZone: timeZoneName.optional().describe('The time zone of times in mails, by its IANA name.'),
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
