// Lists as Stripe's API pages them.
import { invalidParameter } from './errors.js';

export function pageLimit(limit = 10): number {
  if (limit >= 1 && limit <= 100) return limit;
  throw invalidParameter('parameter_invalid_integer', 'limit', 'This value must be between 1 and 100.');
}

export function listView(url: string, data: readonly object[], hasMore: boolean) {
  return { object: 'list', data, has_more: hasMore, url };
}
