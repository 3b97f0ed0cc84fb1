import type { DataOf } from '@ticketing/client';
import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../shared/api.js';

export type Profile = DataOf<'showProfile'>;

export const profileQuery = queryOptions({
  queryKey: ['profile'],
  queryFn: async ({ signal }) => dataOf(await api.showProfile({}, { signal })),
});
