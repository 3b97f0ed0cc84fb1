import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../shared/api.js';
import { useTexts } from '../shared/language.js';
import { Problem } from '../shared/problem.js';
import { queryClient } from '../shared/queries.js';
import { Confirmation } from './confirmation.js';
import { officeTexts } from './texts.js';

/** Cancels an unpaid or free order, after a confirmation. A repeat is harmless. */
export function ReleaseButton({
  orderId,
  onDone,
}: Readonly<{ orderId: string; onDone: (done: string) => void }>) {
  const texts = useTexts(officeTexts);
  const [isOpen, setIsOpen] = useState(false);
  const release = useMutation({
    mutationFn: async () => dataOf(await api.releaseOrder({ orderId })),
    onSuccess: () => {
      setIsOpen(false);
      onDone(texts.released);
      return queryClient.invalidateQueries({ queryKey: ['office'] });
    },
  });
  return (
    <>
      <button type="button" className="button button-bad" onClick={() => setIsOpen(true)}>
        {texts.release}
      </button>
      {isOpen && (
        <Confirmation
          title={texts.releaseTitle}
          action={texts.release}
          isBusy={release.isPending}
          onClose={() => setIsOpen(false)}
          onConfirm={() => release.mutate()}
        >
          <p>{texts.releaseLead}</p>
          <Problem error={release.error} sentences={texts.errors} />
        </Confirmation>
      )}
    </>
  );
}
