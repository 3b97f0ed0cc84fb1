// A list of tickets, page by page, each as it is now.

import type { InputOf } from '@ticketing/client';
import { useQueries } from '@tanstack/react-query';
import { api, dataOf } from './api.js';
import { useLiveTickets } from './live.js';
import { usePages } from './paging.js';
import { queryClient, ticketQuery } from './queries.js';

const pageSize = 24;

/** The tickets that a search finds. `found` tells about the pages; `tickets` has the present state of each. */
export function useTicketList(search: Omit<InputOf<'listTickets'>, 'cursor' | 'limit'>) {
  const { found, items: listed } = usePages({
    queryKey: ['tickets', search],
    read: async (page, options) => {
      const result = await api.listTickets({ ...search, ...page, limit: pageSize }, options);
      const items = dataOf(result);
      for (const ticket of items) queryClient.setQueryData(ticketQuery(ticket.id).queryKey, ticket);
      return { items, headers: result.headers };
    },
  });
  useLiveTickets(listed.map(({ id }) => id));
  const live = useQueries({ queries: listed.map(({ id }) => ({ ...ticketQuery(id), enabled: false })) });
  return { found, tickets: listed.map((ticket, index) => live[index]?.data ?? ticket) };
}
