// Pays an order. The shown payment is always read from the server, not taken from the result of a call.

import { payOrder } from '@ticketing/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { isUndecided } from '../orders/order-state.js';
import { api, ApiProblem, dataOf, serverNow } from '../shared/api.js';
import { orderQuery, paymentQuery, queryClient } from '../shared/queries.js';
import { ChallengeLeft, useChallenge } from './use-challenge.js';

type Attempt = Readonly<{
  token: string;
  /** a repeat under the same key makes no other attempt */
  idempotencyKey: string;
  /** by the server's clock, in milliseconds */
  startedAt: number;
}>;

export function usePayment(orderId: string) {
  const { challenge, approve } = useChallenge(orderId);
  const [nextTryAt, setNextTryAt] = useState(0);

  const readAgain = async () => {
    const queries = [orderQuery(orderId), paymentQuery(orderId)];
    await Promise.all(queries.map(({ queryKey }) => queryClient.invalidateQueries({ queryKey })));
  };
  const paying = useMutation({
    networkMode: 'always',
    mutationFn: async ({ token, idempotencyKey }: Attempt) =>
      dataOf(await payOrder(api, { orderId, token }, { idempotencyKey, approve })),
    onError: (error) => {
      if (error instanceof ApiProblem && error.code === 'too-many-declines')
        setNextTryAt(serverNow() + (error.retryAfterSeconds ?? 0) * 1_000);
    },
    onSettled: readAgain,
  });
  const resuming = useMutation({ networkMode: 'always', mutationFn: approve, onSettled: readAgain });

  const isBusy = paying.isPending || resuming.isPending;
  const { data: payment } = useQuery({
    ...paymentQuery(orderId),
    refetchInterval: ({ state }) => (isBusy || isUndecided(state.data) ? 1_000 : false),
  });
  return {
    payment,
    challenge,
    isBusy,
    /** the server's time before which no other card is accepted */
    nextTryAt,
    /** the server's time of the running attempt */
    startedAt: paying.isPending ? paying.variables.startedAt : undefined,
    error: paying.error instanceof ChallengeLeft ? null : paying.error,
    pay: (token: string) => {
      resuming.reset();
      paying.mutate({ token, idempotencyKey: crypto.randomUUID(), startedAt: serverNow() });
    },
    repeat: () => {
      if (paying.variables) paying.mutate({ ...paying.variables, startedAt: serverNow() });
    },
    resume: (clientSecret: string) => {
      paying.reset();
      resuming.mutate(clientSecret);
    },
  };
}

export type Paying = ReturnType<typeof usePayment>;
