// What a seller enters, whole: what is left out is not kept.

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
    .refine(isTimeZone, 'must be an IANA time zone such as "Europe/Berlin"')
    .meta({ description: 'IANA name of the zone of the venue', examples: ['Europe/Berlin'] }),
});

/** Schema of the body that offers or edits a ticket. Prices come out in minor units, times as `Date`. */
export const offerIn = (currency: Currency) =>
  z.object({ title: trimmedText(200), price: priceIn(currency), event: EventBody.optional() });

// Intl knows the zones, and names that are none: offsets such as +01:00, which do not say when summer begins (in some of its
// versions), and abbreviations, of which BST is summer in London for people and Dhaka for Intl.
const noZone =
  /^([^a-z].*|systemv\/.*|act|aet|agt|art|ast|bet|bst|cat|cnt|cst|ctt|eat|ect|iet|ist|jst|mit|net|nst|plt|pnt|prt|pst|sst|vst)$/i;

function isTimeZone(name: string): boolean {
  try {
    return !noZone.test(name) && Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
