// Places an order. A repeat after a lost connection has the same key, so that it is the same order.

import { placeOrderFor } from '@ticketing/client';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api, problemOf } from '../shared/api.js';
import { useIdempotencyKey } from '../shared/idempotency-key.js';
import { orderQuery, queryClient } from '../shared/queries.js';

/** Places of a ticket, at the version whose price the buyer has seen. */
export type Wanted = Readonly<{ ticketId: string; quantity: number; version: number }>;

export function useOrder(onPlaced: () => void = () => undefined) {
  const navigate = useNavigate();
  const keys = useIdempotencyKey();
  return useMutation({
    networkMode: 'always',
    mutationFn: (items: readonly Wanted[]) => {
      const wanted = items.map(({ ticketId: id, version, quantity }) => ({
        ticket: { id, version },
        quantity,
      }));
      return placeOrderFor(api, wanted, { idempotencyKey: keys.of(wanted) });
    },
    onSuccess: async (placed, items) => {
      if (!placed.ok) {
        keys.answered(problemOf(placed));
        for (const { ticketId } of items)
          void queryClient.invalidateQueries({ queryKey: ['ticket', ticketId] });
        return;
      }
      keys.answered();
      const { id: orderId, total } = placed.data;
      queryClient.setQueryData(orderQuery(orderId).queryKey, placed.data);
      void queryClient.invalidateQueries({ queryKey: ['orders'] });
      await (Number(total) === 0
        ? navigate({ to: '/orders/$orderId', params: { orderId }, state: { isThanked: true } })
        : navigate({ to: '/orders/$orderId/pay', params: { orderId } }));
      onPlaced();
    },
  });
}
