// Cancels an unpaid order, after a question.

import { useMutation } from '@tanstack/react-query';
import { useId, useRef } from 'react';
import { api, dataOf } from '../shared/api.js';
import { Failure } from '../shared/failure.js';
import { useTexts } from '../shared/language.js';
import { orderQuery, paymentQuery, queryClient } from '../shared/queries.js';
import type { Order } from './order-state.js';
import { ordersTexts } from './texts.js';

export function CancelOrder({ order: { id: orderId } }: Readonly<{ order: Order }>) {
  const texts = useTexts(ordersTexts);
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const cancel = useMutation({
    networkMode: 'always',
    mutationFn: async () => dataOf(await api.cancelOrder({ orderId })),
    onSettled: async () => {
      dialog.current?.close();
      const keys = [orderQuery(orderId).queryKey, paymentQuery(orderId).queryKey, ['orders']];
      await Promise.all(keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
    },
  });
  return (
    <div className="no-print">
      <p>
        <button type="button" className="button button-bad" onClick={() => dialog.current?.showModal()}>
          {texts.cancel}
        </button>
      </p>
      <Failure
        error={cancel.error}
        sentences={texts.errors}
        lost={texts.lost}
        onRetry={() => cancel.mutate()}
      />
      <dialog ref={dialog} aria-labelledby={heading}>
        <h2 id={heading} className="dialog-title">
          {texts.cancelTitle}
        </h2>
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
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {texts.cancelNo}
          </button>
        </div>
      </dialog>
    </div>
  );
}
