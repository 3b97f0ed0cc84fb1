// Sends a refund. A repeat after a lost connection has the same key, so that it is the same refund.

import type { DataOf } from '@ticketing/client';
import { useMutation } from '@tanstack/react-query';
import { api, dataOf } from '../../shared/api.js';
import { useIdempotencyKey } from '../../shared/idempotency-key.js';
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
  const keys = useIdempotencyKey();
  return useMutation({
    mutationFn: async (request: RefundRequest) => {
      const options = { idempotencyKey: keys.of(request) };
      const { places, ...rest } = request;
      return dataOf(
        await api.refundPayment({ ...rest, orderId, ...(places && { places: [...places] }) }, options),
      );
    },
    onSettled: async (_refund, error) => {
      keys.answered(error);
      await queryClient.invalidateQueries({ queryKey: ['payment', orderId] });
      await queryClient.invalidateQueries({ queryKey: ['sales', ticketId] });
    },
  });
}
