// What a seller enters for a ticket. An update replaces all of it.

import { priceIn, type Currency } from '@ticketing/common/money';
import { trimmedText } from '@ticketing/common/text';
import { z } from 'zod';

const EventBody = z.object({
  name: trimmedText(200),
  venue: trimmedText(200),
  startsAt: z.iso.datetime().transform((text) => new Date(text)),
  timeZone: z
    .string()
    .min(1)
    .max(100)
    .refine(isTimeZone, 'must be an IANA time zone, for example Europe/Berlin')
    .meta({ description: 'IANA name of the zone of the venue', examples: ['Europe/Berlin'] }),
});

/** Schema of the body that lists or edits a ticket. Its output has prices in minor units and times as `Date`. */
export const offerIn = (currency: Currency) =>
  z.object({ title: trimmedText(200), price: priceIn(currency), event: EventBody.optional() });

// Intl also accepts names that are no IANA zones: offsets such as +01:00, which have no daylight saving time, and
// abbreviations such as BST, which means London for people and Dhaka for Intl.
const noZone =
  /^([^a-z].*|systemv\/.*|act|aet|agt|art|ast|bet|bst|cat|cnt|cst|ctt|eat|ect|iet|ist|jst|mit|net|nst|plt|pnt|prt|pst|sst|vst)$/i;

function isTimeZone(name: string): boolean {
  try {
    return !noZone.test(name) && Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
