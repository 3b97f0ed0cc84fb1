// A modal dialog of the browser: it holds the focus, and gives it back when it closes.

import { useEffect, useId, useRef, type ReactNode } from 'react';

/** Open as long as it is drawn. `onClose` is called for Escape too. */
export function Dialog({
  title,
  onClose,
  children,
}: Readonly<{ title: string; onClose: () => void; children: ReactNode }>) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const titleId = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    heading.current?.focus();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={titleId} ref={heading} tabIndex={-1} className="dialog-title">
        {title}
      </h2>
      {children}
    </dialog>
  );
}

/** A sentence that the next step of a dialog begins with: the focus moves there. */
export function Focused({ className, children }: Readonly<{ className?: string; children: ReactNode }>) {
  const sentence = useRef<HTMLParagraphElement>(null);
  useEffect(() => sentence.current?.focus(), []);
  return (
    <p ref={sentence} tabIndex={-1} className={className}>
      {children}
    </p>
  );
}
