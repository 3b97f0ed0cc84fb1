// Lists as Stripe's API pages them.
import type { Pageable } from '../ledger/paged-collection.js';
import { invalidParameter, resourceMissing } from './errors.js';

type PageParams = Readonly<{ limit?: number; starting_after?: string }>;

/** @throws ApiError for a limit outside 1–100 and for a cursor that is not in the collection */
export function listPage<T>(
  url: string,
  resource: string,
  collection: Pageable<T>,
  { limit, starting_after: cursor }: PageParams,
  view: (item: T) => object,
) {
  const page = collection.newestFirst(pageLimit(limit), cursor);
  if (page === undefined) throw resourceMissing(400, resource, String(cursor), 'starting_after');
  return { object: 'list', data: page.data.map((item) => view(item)), has_more: page.hasMore, url };
}

function pageLimit(limit = 10): number {
  if (limit >= 1 && limit <= 100) return limit;
  throw invalidParameter('parameter_invalid_integer', 'limit', 'This value must be between 1 and 100.');
}
