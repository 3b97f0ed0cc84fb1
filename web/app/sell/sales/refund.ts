// Sends a refund. A repeat after a lost connection has the same key, so that it is the same refund.

import type { DataOf } from '@ticketing/client';
import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import { api, ApiProblem, dataOf } from '../../shared/api.js';
import { queryClient } from '../../shared/queries.js';

export type Payment = DataOf<'showPayment'>;
export type Refund = DataOf<'refundPayment'>;

/** Without an amount or places, all that is left. */
export type RefundRequest = Readonly<{
  amount?: string;
  places?: readonly Readonly<{ ticketId: string; place: number }>[];
  reason?: string;
}>;

export function useRefund(orderId: string, ticketId: string) {
  const sent = useRef<{ key: string; request: string }>(undefined);
  return useMutation({
    mutationFn: async (request: RefundRequest) => {
      const text = JSON.stringify(request);
      if (sent.current?.request !== text) sent.current = { key: crypto.randomUUID(), request: text };
      const options = { idempotencyKey: sent.current.key };
      const { places, ...rest } = request;
      return dataOf(
        await api.refundPayment({ ...rest, orderId, ...(places && { places: [...places] }) }, options),
      );
    },
    onSettled: async (_refund, error) => {
      // Another refund of the same amount is another request.
      if (!error || (error instanceof ApiProblem && error.status < 500)) sent.current = undefined;
      await queryClient.invalidateQueries({ queryKey: ['payment', orderId] });
      await queryClient.invalidateQueries({ queryKey: ['sales', ticketId] });
    },
  });
}
