// Deletes the account after its owner has read what is lost with it.

import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, dataOf } from '../shared/api.js';
import { Dialog } from '../shared/dialog.js';
import { useTexts } from '../shared/language.js';
import { sessionChanged } from '../shared/queries.js';
import { sharedTexts } from '../shared/texts.js';
import { Form, PasswordField, passwordOf, useFaults } from './form.js';
import { settingsTexts } from './settings-texts.js';
import { accountTexts } from './texts.js';

type DeleteDialogProps = Readonly<{ onClose: () => void; onDeleted: () => void }>;

export function DeleteDialog({ onClose, onDeleted }: DeleteDialogProps) {
  const texts = useTexts(settingsTexts);
  const { cancel } = useTexts(sharedTexts);
  const { password, passwordMissing } = useTexts(accountTexts);
  const [isSure, setSure] = useState(false);
  const [givesUpTickets, setGivesUpTickets] = useState(false);
  const { remove, paidTickets } = useRemove(onDeleted);
  const faults = useFaults(remove.error, { password: passwordMissing });
  return (
    <Dialog title={texts.deleteTitle} onClose={onClose}>
      <ul>
        {texts.consequences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <Form
        action={texts.delete}
        error={remove.error}
        isPending={remove.isPending}
        isLocked={!isSure || (paidTickets > 0 && !givesUpTickets)}
        isDangerous
        onSubmit={(form) => remove.mutate({ password: passwordOf(form), givesUpTickets })}
        aside={
          <button type="button" className="button" onClick={onClose}>
            {cancel}
          </button>
        }
      >
        <PasswordField
          label={password}
          name="password"
          autoComplete="current-password"
          error={faults['password']}
        />
        <Check isChecked={isSure} onChange={setSure}>
          {texts.sure}
        </Check>
        {paidTickets > 0 && (
          <>
            <p className="notice notice-problem" role="alert">
              {texts.hasPaidTickets(paidTickets)}
            </p>
            <Check isChecked={givesUpTickets} onChange={setGivesUpTickets}>
              {texts.giveUpTickets}
            </Check>
          </>
        )}
      </Form>
    </Dialog>
  );
}

/** `paidTickets` is above zero after a refusal because of them. */
function useRemove(onDeleted: () => void) {
  const [paidTickets, setPaidTickets] = useState(0);
  const remove = useMutation({
    mutationFn: async (input: Readonly<{ password: string; givesUpTickets: boolean }>) => {
      const { password, givesUpTickets } = input;
      const result = await api.deleteAccount({ password, acceptLossOfTickets: givesUpTickets });
      if (!result.ok && result.error.code === 'has-paid-tickets')
        return { isDeleted: false, paid: result.error.paidTickets ?? 1 };
      dataOf(result);
      return { isDeleted: true, paid: 0 };
    },
    onSuccess: ({ isDeleted, paid }) => {
      setPaidTickets(paid);
      if (!isDeleted) return undefined;
      onDeleted();
      return sessionChanged();
    },
  });
  return { remove, paidTickets };
}

type CheckProps = Readonly<{
  isChecked: boolean;
  onChange: (isChecked: boolean) => void;
  children: ReactNode;
}>;

function Check({ isChecked, onChange, children }: CheckProps) {
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={isChecked}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      {children}
    </label>
  );
}
