import type { FormEvent, ReactNode } from 'react';
import { Dialog } from '../shared/dialog.js';
import { useTexts } from '../shared/language.js';
import { sharedTexts } from '../shared/texts.js';

type Props = Readonly<{
  title: string;
  /** the words on the button that acts */
  action: string;
  isBusy: boolean;
  onConfirm: (form: HTMLFormElement) => void;
  onClose: () => void;
  children: ReactNode;
}>;

/** A dialog that asks for confirmation before an action. Escape and "Cancel" close it. */
export function Confirmation({ title, action, isBusy, onConfirm, onClose, children }: Props) {
  const shared = useTexts(sharedTexts);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onConfirm(event.currentTarget);
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        {children}
        <div className="row">
          <button type="submit" className="button button-main" disabled={isBusy}>
            {action}
          </button>
          <button type="button" className="button" onClick={onClose}>
            {shared.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
