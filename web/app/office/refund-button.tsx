import type { DataOf } from '@ticketing/client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../shared/api.js';
import { useIdempotencyKey } from '../shared/idempotency-key.js';
import { Field } from '../shared/field.js';
import { textOf } from '../shared/form.js';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { fieldsOf, Problem } from '../shared/problem.js';
import { queryClient } from '../shared/queries.js';
import { Confirmation } from './confirmation.js';
import { officeTexts } from './texts.js';

type Asked = Readonly<{ amount: string; reason: string }>;

/** Gives money of an order back, after a confirmation with a reason. */
export function RefundButton({
  orderId,
  onDone,
}: Readonly<{ orderId: string; onDone: (done: string) => void }>) {
  const texts = useTexts(officeTexts);
  const { money } = useFormats();
  const [isOpen, setIsOpen] = useState(false);
  const refund = useRefund(orderId, ({ status, amount, currency }) => {
    setIsOpen(false);
    onDone(texts.refunded[status](money(amount, currency)));
  });
  const fields = fieldsOf(refund.error);
  return (
    <>
      <button type="button" className="button" onClick={() => setIsOpen(true)}>
        {texts.refund}
      </button>
      {isOpen && (
        <Confirmation
          title={texts.refundTitle}
          action={texts.refund}
          isBusy={refund.isPending}
          onClose={() => {
            setIsOpen(false);
            if (refund.isError) refund.reset();
          }}
          onConfirm={(form) =>
            refund.mutate({
              amount: textOf(form, 'amount').replace(',', '.'),
              reason: textOf(form, 'reason'),
            })
          }
        >
          <p>{texts.refundLead}</p>
          <Field
            name="amount"
            label={texts.amount}
            hint={texts.amountHint}
            error={fields['amount']}
            inputMode="decimal"
          />
          <Field name="reason" label={texts.reason} error={fields['reason']} maxLength={200} required />
          {Object.keys(fields).length === 0 && <Problem error={refund.error} sentences={texts.errors} />}
        </Confirmation>
      )}
    </>
  );
}

function useRefund(orderId: string, onDone: (refund: DataOf<'refundByOperator'>) => void) {
  const keys = useIdempotencyKey();
  return useMutation({
    mutationFn: async ({ amount, reason }: Asked) => {
      const input = { orderId, reason, ...(amount !== '' && { amount }) };
      return dataOf(await api.refundByOperator(input, { idempotencyKey: keys.of(input) }));
    },
    onSettled: (_refund, error) => keys.answered(error),
    onSuccess: (refund) => {
      onDone(refund);
      return queryClient.invalidateQueries({ queryKey: ['office'] });
    },
  });
}
