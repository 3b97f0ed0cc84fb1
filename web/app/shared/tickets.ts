// A list of tickets, page by page, each as it is now.

import type { InputOf } from '@ticketing/client';
import { useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { api, dataOf } from './api.js';
import { useLiveTickets } from './live.js';
import { nextCursorIn } from './paging.js';
import { queryClient, ticketQuery } from './queries.js';

const pageSize = 24;

/** The tickets that a search finds. `found` tells about the pages; `tickets` has the present state of each. */
export function useTicketList(search: Omit<InputOf<'listTickets'>, 'cursor' | 'limit'>) {
  const found = useInfiniteQuery({
    queryKey: ['tickets', search],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam: cursor, signal }) => {
      const query = { ...search, limit: pageSize, ...(cursor !== undefined && { cursor }) };
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
