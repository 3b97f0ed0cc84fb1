// The queries that more than one page needs. A query's key begins with the resource.

import { MutationCache, QueryCache, QueryClient, queryOptions, useQuery } from '@tanstack/react-query';
import { api, ApiProblem, dataOf } from './api.js';

// A session may end elsewhere: by a new password, or on the list of devices.
const endedSessions = {
  onError: (error: unknown) => {
    if (isSignedOut(error)) queryClient.setQueryData(currentUser.queryKey, null);
  },
};

export const queryClient = new QueryClient({
  queryCache: new QueryCache(endedSessions),
  mutationCache: new MutationCache(endedSessions),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // The client repeats a GET itself. What it gives up on is shown with a button.
      retry: false,
      networkMode: 'always',
    },
    // By default a request without a connection waits silently. Here it fails, and the page says so.
    mutations: { networkMode: 'always' },
  },
});

export const currentUser = queryOptions({
  queryKey: ['user'],
  queryFn: async ({ signal }) => dataOf(await api.showCurrentUser({}, { signal })).currentUser,
  staleTime: 60_000,
});

/** The signed-in user; null without a session, undefined while that is not known. */
export const useUser = () => useQuery(currentUser).data;

export const ticketQuery = (ticketId: string) =>
  queryOptions({
    queryKey: ['ticket', ticketId],
    queryFn: async ({ signal }) => dataOf(await api.showTicket({ ticketId }, { signal })),
  });

export const orderQuery = (orderId: string) =>
  queryOptions({
    queryKey: ['order', orderId],
    queryFn: async ({ signal }) => dataOf(await api.showOrder({ orderId }, { signal })),
  });

/** The payment of an order; null before the first attempt. */
export const paymentQuery = (orderId: string) =>
  queryOptions({
    queryKey: ['payment', orderId],
    queryFn: async ({ signal }) => {
      const result = await api.showPayment({ orderId }, { signal });
      if (!result.ok && result.error.code === 'not-found') return null;
      return dataOf(result);
    },
  });

/** After signing in or out, nothing of the other user stays on the page. */
export async function sessionChanged(): Promise<void> {
  await queryClient.cancelQueries();
  // The user is read again, not removed: the header would keep watching the removed one.
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== currentUser.queryKey[0] });
  await queryClient.fetchQuery({ ...currentUser, staleTime: 0 }).catch(() => undefined);
}

export const isSignedOut = (error: unknown): boolean =>
  error instanceof ApiProblem && error.code === 'not-signed-in';
