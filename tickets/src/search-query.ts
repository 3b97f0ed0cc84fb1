// The query parameters of a search, and the cursor of its next page.

import { createHash } from 'node:crypto';
import { InvalidInput } from '@ticketing/common/errors';
import { pageQuery } from '@ticketing/common/http';
import { Id } from '@ticketing/common/id';
import { amountFault, amountPattern, toMinorUnits } from '@ticketing/common/money';
import { text } from '@ticketing/common/text';
import { z } from 'zod';
import { currenciesOf, type Config } from './config.js';
import { fold, sorts, wordsIn, type Search } from './domain/search.js';
import { instant } from './instant.js';
import { listedCurrency } from './offer.js';

const maxWords = 8;

const Words = text(1, 200).transform((given, context) => {
  const words = wordsIn(given);
  if (words.length >= 1 && words.length <= maxWords) return words;
  context.addIssue({ code: 'custom', message: `must have 1 to ${maxWords} different words` });
  return z.NEVER;
});

const Bound = z.string().meta({ pattern: amountPattern });

/** Schema of the query parameters. It returns folded texts, and times as `Date`. */
export function searchQuery(config: Config) {
  const describe = <T extends z.ZodType>(schema: T, description: string) =>
    schema.optional().meta({ description });
  return z
    .strictObject({
      q: describe(
        Words,
        'Words that must all occur in title, event name or venue. Case and accents do not matter.',
      ),
      minPrice: describe(Bound, 'The lowest price.'),
      maxPrice: describe(Bound, 'The highest price.'),
      currency: describe(
        listedCurrency(config),
        'The currency of the tickets. A search with minPrice, maxPrice or a sort by price finds one currency, by ' +
          'default CURRENCY.',
      ),
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
    .superRefine(({ minPrice, maxPrice, from, to, currency = config.CURRENCY }, context) => {
      const refuse = (path: string, message: string) =>
        context.addIssue({ code: 'custom', path: [path], message });
      const [lowest, highest] = Object.entries({ minPrice, maxPrice }).map(([name, price]) => {
        if (price === undefined) return undefined;
        const fault = amountFault(price, currency);
        if (fault === undefined) return toMinorUnits(price, currency);
        refuse(name, fault);
        return undefined;
      });
      if (lowest !== undefined && highest !== undefined && lowest > highest)
        refuse('minPrice', 'must not be above maxPrice');
      if (from && to && from > to) refuse('from', 'must not be after to');
    });
}
type Query = z.output<ReturnType<typeof searchQuery>>;

/**
 * The search that a query asks for. Prices compare only within one currency, so a search by price has a currency if the
 * installation has several.
 */
export function searchOf(
  { q = [], minPrice, maxPrice, venue, from, to, seller, sort, ...query }: Query,
  config: Config,
): Search {
  const isByPrice = minPrice !== undefined || maxPrice !== undefined || sort === 'price' || sort === '-price';
  const needsCurrency = isByPrice && currenciesOf(config).length > 1;
  const { currency = needsCurrency ? config.CURRENCY : undefined } = query;
  const inMinorUnits = (price: string | undefined) =>
    price === undefined ? undefined : toMinorUnits(price, currency ?? config.CURRENCY);
  return {
    words: q,
    ...{ venue, seller, lowestPrice: inMinorUnits(minPrice), highestPrice: inMinorUnits(maxPrice) },
    ...{ from, to, sort, currency },
  };
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
