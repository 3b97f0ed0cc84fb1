// The offer of a ticket, as its seller enters it. An update replaces all of it, except an omitted currency or quantity.

import { maxPlaces } from '@ticketing/common/events';
import { Currency, Price, priceFault, toMinorUnits } from '@ticketing/common/money';
import { timeZoneName, trimmedText } from '@ticketing/common/text';
import { z } from 'zod';
import { currenciesOf, type Config } from './config.js';
import { isOver, type Ticket } from './domain/ticket.js';
import { instant } from './instant.js';

const EventBody = z.strictObject({
  name: trimmedText(200),
  venue: trimmedText(200),
  startsAt: instant,
  timeZone: timeZoneName.meta({ description: 'The IANA time zone of the venue.' }),
});

/** Schema of a currency that a ticket of this installation may name. */
export function listedCurrency(config: Config) {
  const listed = currenciesOf(config);
  const message = `must be one of ${listed.join(', ')}`;
  return z.enum(Currency.options, message).refine((currency) => listed.includes(currency), message);
}

/** Schema of the body that edits a ticket. Its price stays text: only the ticket knows an omitted currency. */
export const offerIn = (config: Config) =>
  z.strictObject({
    title: trimmedText(200),
    price: Price,
    currency: listedCurrency(config).optional().meta({
      description: 'One of CURRENCIES. A new ticket has CURRENCY by default; an edited one keeps its own.',
    }),
    event: EventBody.optional(),
    quantity: z.int().min(1).max(maxPlaces).optional().meta({
      description: 'The number of equal places. A new ticket has 1 by default; an edited one keeps its own.',
    }),
  });

/** Schema of the body that lists a ticket for sale. Its output has the price in minor units. */
export const newOfferIn = (config: Config, now: () => Date) =>
  offerIn(config).transform((offer, context) => {
    const { currency = config.CURRENCY } = offer;
    const faults = faultsOf(offer, { currency, now: now() });
    for (const [field, message] of faults)
      context.addIssue({ code: 'custom', path: field.split('.'), message });
    return faults.length === 0 ? { ...offer, price: toMinorUnits(offer.price, currency) } : z.NEVER;
  });

type Offered = Readonly<{ price: string; event?: Readonly<{ startsAt: Date }> | undefined }>;
type Known = Readonly<{ currency: Currency; now: Date; present?: Ticket }>;
type Fault = readonly [field: string, predicate: string];

/**
 * The faults of an offer once currency and time are known. An edit may keep the start of the `present` ticket, so that
 * its seller can correct the title after the event.
 */
export function faultsOf({ price, event }: Offered, { currency, now, present }: Known): Fault[] {
  const faults: Fault[] = [];
  const ofPrice = priceFault(price, currency);
  if (ofPrice !== undefined) faults.push(['price', ofPrice]);
  const isKept = event?.startsAt.getTime() === present?.event?.startsAt.getTime();
  if (event && isOver(event, now) && !isKept)
    faults.push(['event.startsAt', 'must not be more than a day ago']);
  return faults;
}
