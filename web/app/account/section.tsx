// The parts of the account page.

import { useEffect, useId, useRef, useState, type ReactNode } from 'react';

export function Section({ title, children }: Readonly<{ title: string; children: ReactNode }>) {
  const id = useId();
  return (
    <section className="card section" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

type RevealProps = Readonly<{ label: string; isDone: boolean; children: ReactNode }>;

/** A button that opens a form below it. The form closes when it is done. */
export function Reveal({ label, isDone, children }: RevealProps) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isDone) return;
    setOpen(false);
    button.current?.focus();
  }, [isDone]);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
      </button>
      {isOpen && children}
    </>
  );
}

/** What has been done, read aloud by screen readers. */
export function Done({ children }: Readonly<{ children: ReactNode }>) {
  return <div role="status">{children && <p className="notice notice-good">{children}</p>}</div>;
}
