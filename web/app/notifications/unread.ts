import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../shared/api.js';

/** The number of unread messages, which the API counts up to 100. */
export const unreadQuery = queryOptions({
  queryKey: ['notifications', 'unread'],
  queryFn: async ({ signal }) => dataOf(await api.listNotifications({ limit: 1 }, { signal })).unread,
  refetchInterval: 60_000,
});
