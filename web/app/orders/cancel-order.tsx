// Cancels an unpaid order, after a question.

import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../shared/api.js';
import { Dialog } from '../shared/dialog.js';
import { Failure } from '../shared/failure.js';
import { useTexts } from '../shared/language.js';
import { orderQuery, paymentQuery, queryClient } from '../shared/queries.js';
import type { Order } from './order-state.js';
import { ordersTexts } from './texts.js';

export function CancelOrder({ order: { id: orderId } }: Readonly<{ order: Order }>) {
  const texts = useTexts(ordersTexts);
  const [isAsking, setAsking] = useState(false);
  const cancel = useMutation({
    networkMode: 'always',
    mutationFn: async () => dataOf(await api.cancelOrder({ orderId })),
    onSettled: async () => {
      setAsking(false);
      const keys = [orderQuery(orderId).queryKey, paymentQuery(orderId).queryKey, ['orders']];
      await Promise.all(keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
    },
  });
  return (
    <div className="no-print">
      <button type="button" className="button button-bad" onClick={() => setAsking(true)}>
        {texts.cancel}
      </button>
      <Failure
        error={cancel.error}
        sentences={texts.errors}
        lost={texts.lost}
        onRetry={() => cancel.mutate()}
      />
      {isAsking && (
        <Dialog title={texts.cancelTitle} onClose={() => setAsking(false)}>
          <p>{texts.cancelText}</p>
          <div className="row">
            <button
              type="button"
              className="button button-bad"
              disabled={cancel.isPending}
              onClick={() => cancel.mutate()}
            >
              {texts.cancelYes}
            </button>
            <button type="button" className="button" onClick={() => setAsking(false)}>
              {texts.cancelNo}
            </button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
