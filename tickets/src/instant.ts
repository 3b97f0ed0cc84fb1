import { z } from 'zod';

/**
 * Schema of a time with `Z` or an offset such as `+01:00`, as `Date`. With its offset a time may lie beyond the year 9999
 * or before the year 0, which ISO 8601 does not write in four digits.
 */
export const instant = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine((time) => /^\d{4}-/.test(time.toISOString()), 'must be in the years 0 to 9999');
