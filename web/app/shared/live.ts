// Live updates: the streams of the API write into the queries that pages read.

import { useEffect } from 'react';
import { api } from './api.js';
import { orderQuery, queryClient, ticketQuery } from './queries.js';

/** Keeps the shown tickets up to date. Without the stream, pages show what they have read. */
export function useLiveTickets(ticketIds: readonly string[]): void {
  const ids = ticketIds.slice(0, 50).join();
  useEffect(() => {
    if (ids === '') return undefined;
    const leaving = new AbortController();
    void follow(async () => {
      for await (const ticket of api.watchTickets(ids.split(','), { signal: leaving.signal }))
        queryClient.setQueryData(ticketQuery(ticket.id).queryKey, ticket);
    });
    return () => leaving.abort();
  }, [ids]);
}

/** Keeps an order up to date, and its payment when the order changes. */
export function useLiveOrder(orderId: string): void {
  useEffect(() => {
    const leaving = new AbortController();
    void follow(async () => {
      for await (const order of api.watchOrder(orderId, { signal: leaving.signal })) {
        queryClient.setQueryData(orderQuery(orderId).queryKey, order);
        void queryClient.invalidateQueries({ queryKey: ['payment', orderId] });
        void queryClient.invalidateQueries({ queryKey: ['orders'] });
      }
    });
    return () => leaving.abort();
  }, [orderId]);
}

// A refused stream (an ended session, too many streams) is no error of the page: its own queries tell.
const follow = (work: () => Promise<void>): Promise<void> => work().catch(() => undefined);
