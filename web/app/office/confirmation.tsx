import { useLayoutEffect, useRef, type FormEvent, type ReactNode } from 'react';
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

/** A question that must be answered before something happens. Escape and "Cancel" close it. */
export function Confirmation({ title, action, isBusy, onConfirm, onClose, children }: Props) {
  const shared = useTexts(sharedTexts);
  const dialog = useRef<HTMLDialogElement>(null);
  // Closing it, and not only removing it, gives the focus back to the button that opened it.
  useLayoutEffect(() => {
    const opened = dialog.current;
    opened?.showModal();
    return () => opened?.close();
  }, []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onConfirm(event.currentTarget);
  };
  return (
    <dialog ref={dialog} aria-labelledby="confirmation" onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id="confirmation">{title}</h2>
        {children}
        <div className="row">
          <button type="submit" className="button button-main" disabled={isBusy}>
            {action}
          </button>
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {shared.cancel}
          </button>
        </div>
      </form>
    </dialog>
  );
}
