// The seller's own tickets in every state, as they change.

import { useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { api, dataOf } from '../shared/api.js';
import { useLiveTickets } from '../shared/live.js';
import { nextCursorIn } from '../shared/paging.js';
import { queryClient, ticketQuery } from '../shared/queries.js';

const keyOf = (seller: string) => ['tickets', 'of', seller] as const;

export function useOwnTickets(seller: string) {
  const found = useInfiniteQuery({
    queryKey: keyOf(seller),
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam: cursor, signal }) => {
      const query = { seller, limit: 24, ...(cursor !== undefined && { cursor }) };
      const result = await api.listTickets(query, { signal });
      const tickets = dataOf(result);
      for (const ticket of tickets) queryClient.setQueryData(ticketQuery(ticket.id).queryKey, ticket);
      return { tickets, next: nextCursorIn(result.headers) };
    },
    getNextPageParam: ({ next }) => next,
  });
  const listed = found.data?.pages.flatMap(({ tickets }) => tickets) ?? [];
  useLiveTickets(listed.map(({ id }) => id));
  const live = useQueries({ queries: listed.map(({ id }) => ({ ...ticketQuery(id), enabled: false })) });
  return { found, tickets: listed.map((ticket, index) => live[index]?.data ?? ticket) };
}
