// The query parameters of a search, and the cursor of its next page.

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
    .regex(new RegExp(`^(0|[1-9]\\d{0,5})${fraction}$`), 'must be an amount, for example 19.99')
    .transform((given) => toMinorUnits(given, currency));
}

/** Schema of the query parameters. It returns folded texts, prices in minor units, and times as `Date`. */
export function searchQuery(currency: Currency) {
  const describe = <T extends z.ZodType>(schema: T, description: string) =>
    schema.optional().meta({ description });
  return z
    .strictObject({
      q: describe(
        Words,
        'Words that must all occur in title, event name or venue. Case and accents do not matter.',
      ),
      minPrice: describe(priceBound(currency), 'The lowest price.'),
      maxPrice: describe(priceBound(currency), 'The highest price.'),
      venue: describe(
        text(1, 200).transform(fold),
        'The full name of the venue. Case and accents do not matter.',
      ),
      from: describe(instant, 'The earliest start of the event.'),
      to: describe(instant, 'The latest start of the event.'),
      seller: describe(
        Id,
        'Id of the seller. Sellers also find their own reserved, sold and withdrawn tickets.',
      ),
      sort: z
        .enum(sorts)
        .default('newest')
        .meta({ description: 'By startsAt, tickets without an event come last.' }),
      limit: pageQuery.limit.meta({
        description:
          'The largest number of tickets on a page. A page may have fewer: follow Link to the end.',
      }),
      cursor: z
        .string()
        .max(200)
        .optional()
        .meta({ description: 'From the Link header of the previous page.' }),
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

// A position is valid only in the order of its own search, so the cursor contains a hash of that search.
const hashOf = (search: Search) =>
  createHash('sha256').update(JSON.stringify(search)).digest('base64url').slice(0, 8);

/** The cursor of the page that begins after `position`. */
export function cursorFor(search: Search, position: string): string {
  return Buffer.from(`${hashOf(search)}${position}`).toString('base64url');
}

/**
 * The position in a cursor.
 * @throws InvalidInput for an invalid cursor, or one of another search
 */
export function positionIn(cursor: string, search: Search): string {
  const decoded = Buffer.from(cursor, 'base64url').toString();
  const hash = hashOf(search);
  const position = decoded.slice(hash.length);
  if (decoded.startsWith(hash) && /^[\w:.~/-]{1,60}$/.test(position)) return position;
  throw new InvalidInput([
    { field: 'cursor', message: 'The cursor must come from the Link header of the same search.' },
  ]);
}
