// Withdraws a ticket, after a question.

import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Ticket } from '../browse/ticket-card.js';
import { api, problemOf } from '../shared/api.js';
import { useTexts } from '../shared/language.js';
import { Problem } from '../shared/problem.js';
import { queryClient } from '../shared/queries.js';
import { Dialog } from '../shared/dialog.js';
import { sellTexts } from './texts.js';

/** The API withdraws a ticket of one place only while it is free. */
const canBeWithdrawn = ({ status, quantity }: Ticket): boolean =>
  status === 'available' || (quantity > 1 && status !== 'withdrawn');

export function Withdraw({ ticket }: Readonly<{ ticket: Ticket }>) {
  const texts = useTexts(sellTexts);
  const [isAsking, setIsAsking] = useState(false);
  const withdraw = useWithdraw(ticket.id, () => setIsAsking(false));
  if (withdraw.isSuccess && ticket.status !== 'withdrawn')
    return (
      <p className="notice" role="status">
        {texts.withdrawn}
      </p>
    );
  if (withdraw.isSuccess || !canBeWithdrawn(ticket)) return null;
  return (
    <>
      <button type="button" className="button button-bad withdraw" onClick={() => setIsAsking(true)}>
        {texts.withdraw}
      </button>
      {isAsking && (
        <Dialog title={texts.withdrawTitle} onClose={() => setIsAsking(false)}>
          <p>{texts.withdrawFinal}</p>
          <Problem error={withdraw.error} sentences={texts.errors} />
          <div className="row">
            <button
              type="button"
              className="button button-bad"
              disabled={withdraw.isPending}
              onClick={() => withdraw.mutate()}
            >
              {texts.withdraw}
            </button>
            <button type="button" className="button" onClick={() => setIsAsking(false)}>
              {texts.keep}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function useWithdraw(ticketId: string, onDone: () => void) {
  return useMutation({
    mutationFn: async () => {
      const result = await api.withdrawTicket({ ticketId });
      if (!result.ok) throw problemOf(result);
    },
    onSuccess: async () => {
      onDone();
      await queryClient.invalidateQueries({ queryKey: ['ticket', ticketId] });
      await queryClient.invalidateQueries({ queryKey: ['tickets'] });
    },
  });
}
