// The search as it stands in a URL, and the cursor that leads on in it.

import { createHash } from 'node:crypto';
import { InvalidInput } from '@ticketing/common/errors';
import { pageQuery } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { toDecimal, toMinorUnits, type Currency } from '@ticketing/common/money';
import { text } from '@ticketing/common/text';
import { z } from 'zod';
import { fold, sorts, wordsIn, type Search } from './domain/search.js';

const mostWords = 8;
const instant = z.iso.datetime().transform((given) => new Date(given));

const Words = text(1, 200).transform((given, context) => {
  const words = wordsIn(given);
  if (words.length >= 1 && words.length <= mostWords) return words;
  context.addIssue({ code: 'custom', message: `must have 1 to ${mostWords} different words` });
  return z.NEVER;
});

function priceBound(currency: Currency) {
  const decimals = toDecimal(0, currency).split('.')[1]?.length ?? 0;
  const fraction = decimals === 0 ? '' : String.raw`(\.\d{1,${decimals}})?`;
  return z
    .string()
    .regex(new RegExp(`^(0|[1-9]\\d{0,5})${fraction}$`), 'must be an amount such as "19.99"')
    .transform((given) => toMinorUnits(given, currency));
}

/** Schema of the query of the list. Texts come out folded, prices in minor units, times as `Date`. */
export function searchQuery(currency: Currency) {
  const describe = <T extends z.ZodType>(schema: T, description: string) =>
    schema.optional().meta({ description });
  return z
    .strictObject({
      q: describe(
        Words,
        'Words that all occur in title, event name or venue, without regard to case and accents.',
      ),
      minPrice: describe(priceBound(currency), 'The lowest price.'),
      maxPrice: describe(priceBound(currency), 'The highest price.'),
      venue: describe(
        text(1, 200).transform(fold),
        'The whole name of the venue, without regard to case and accents.',
      ),
      from: describe(instant, 'The earliest start of the event.'),
      to: describe(instant, 'The latest start of the event.'),
      seller: describe(
        Id,
        'Who offers it. Sellers see of their own also what is reserved, sold or withdrawn.',
      ),
      sort: z
        .enum(sorts)
        .default('newest')
        .meta({ description: 'Tickets without an event come last by startsAt.' }),
      limit: pageQuery.limit.meta({
        description: 'The most tickets on a page. It may have fewer: follow Link to the end.',
      }),
      cursor: z.string().max(200).optional().meta({ description: 'From the Link of the page before.' }),
    })
    .superRefine(({ minPrice, maxPrice, from, to }, context) => {
      const refuse = (path: string, message: string) =>
        context.addIssue({ code: 'custom', path: [path], message });
      if (minPrice !== undefined && maxPrice !== undefined && minPrice > maxPrice)
        refuse('minPrice', 'must not be above maxPrice');
      if (from && to && from > to) refuse('from', 'must not be after to');
    });
}
type Query = z.output<ReturnType<typeof searchQuery>>;

export function searchOf({ q = [], minPrice, maxPrice, venue, from, to, seller, sort }: Query): Search {
  return { words: q, venue, seller, lowestPrice: minPrice, highestPrice: maxPrice, from, to, sort };
}

// A position means something in the order of its own search only, so that the cursor says which that is.
const signOf = (search: Search) =>
  createHash('sha256').update(JSON.stringify(search)).digest('base64url').slice(0, 8);

/** The cursor of the page that begins behind `position`. */
export function cursorFor(search: Search, position: string): string {
  return Buffer.from(`${signOf(search)}${position}`).toString('base64url');
}

/**
 * The position of a cursor.
 * @throws InvalidInput when it is none, or one of another search
 */
export function positionIn(cursor: string, search: Search): string {
  const read = Buffer.from(cursor, 'base64url').toString();
  const sign = signOf(search);
  if (read.startsWith(sign) && /^[\w:.~/-]{1,60}$/.test(read.slice(sign.length)))
    return read.slice(sign.length);
  throw new InvalidInput([{ field: 'cursor', message: 'must be the cursor of a Link of the same search' }]);
}
