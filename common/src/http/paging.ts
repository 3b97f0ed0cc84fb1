// Keyset pagination: a page begins after the last id of the page before. An index finds it at any depth, and new
// entities do not shift it.

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

/** Query parameters of a paged list. `cursor` is decoded to the id of the last entity on the page before. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(largestPage).default(pageSize),
  cursor: Cursor.optional(),
};

/**
 * The headers of a page: a `Link` to the next page if this one is full.
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

/** The `Link` to the next page, for a list with its own cursors. Undefined parameters are omitted. */
export function linkToNext(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): Record<string, string> {
  const next = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) next.set(name, String(value));
  return { Link: `<${path}?${next.toString()}>; rel="next"` };
}
