// Pages by key, not by number: the next page begins after the last id seen, which an index finds at once
// however deep it is, and which new arrivals do not shift.

import { z } from 'zod';
import { Id } from '../id.js';

const pageSize = 50;
const largestPage = 100;

const Cursor = z.string().transform((text, context) => {
  const id = Id.safeParse(Buffer.from(text, 'base64url').toString('utf8'));
  if (id.success) return id.data;
  context.addIssue({ code: 'custom', message: 'must be the cursor of a Link header' });
  return z.NEVER;
});

/** Query parameters of a paged list. `cursor` comes out as the id of the last thing on the page before. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(largestPage).default(pageSize),
  cursor: Cursor.optional(),
};

/**
 * Headers that lead to the next page: a `Link` when the page is full.
 * https://www.rfc-editor.org/rfc/rfc8288
 */
export function nextPage(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
  page: readonly { id: string }[],
  limit: number,
): Record<string, string> {
  const last = page[page.length - 1];
  if (!last || page.length < limit) return {};
  return linkToNext(path, { limit, cursor: Buffer.from(last.id).toString('base64url'), ...query });
}

/** The `Link` to the next page of a list that makes its own cursors; parameters that are undefined are left out. */
export function linkToNext(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): Record<string, string> {
  const next = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) next.set(name, String(value));
  return { Link: `<${path}?${next.toString()}>; rel="next"` };
}
