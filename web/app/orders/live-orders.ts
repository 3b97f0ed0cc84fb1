import { useEffect } from 'react';
import { api } from '../shared/api.js';
import { orderQuery, queryClient } from '../shared/queries.js';

/** Keeps the orders of the user up to date. The list is read again when an order is new or has another status. */
export function useLiveOrders(): void {
  useEffect(() => {
    const leaving = new AbortController();
    const follow = async () => {
      for await (const order of api.watchOrders({ signal: leaving.signal })) {
        const { queryKey } = orderQuery(order.id);
        const isNews = queryClient.getQueryData(queryKey)?.status !== order.status;
        queryClient.setQueryData(queryKey, order);
        // The stream begins with many orders. They are one reason to read the list again, not many.
        if (isNews) void queryClient.invalidateQueries({ queryKey: ['orders'] }, { cancelRefetch: false });
      }
    };
    // A refused stream is no error of the page: its own queries tell.
    follow().catch(() => undefined);
    return () => leaving.abort();
  }, []);
}
