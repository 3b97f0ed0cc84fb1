// A modal dialog of the browser: it holds the focus, and gives it back when it closes.

import { useEffect, useId, useLayoutEffect, useRef, type ReactNode } from 'react';

/** Open as long as it is drawn. `onClose` is called for Escape too. */
export function Dialog({
  title,
  onClose,
  className,
  children,
}: Readonly<{ title: string; onClose: () => void; className?: string; children: ReactNode }>) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const titleId = useId();
  // A layout effect ends before the dialog leaves the page: only then the browser gives the focus back.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    heading.current?.focus();
    return () => {
      shown?.close();
      // The button that opened it may be gone.
      if (document.activeElement === document.body) document.querySelector('h1')?.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      className={className}
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
