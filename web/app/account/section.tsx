// The parts of the account page.

import { useEffect, useId, useRef, type ReactNode } from 'react';

export function Section({ title, children }: Readonly<{ title: string; children: ReactNode }>) {
  const id = useId();
  return (
    <section className="card section" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

type RevealProps = Readonly<{
  label: string;
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
  children: ReactNode;
}>;

/** A button that opens a form below it, and gets the focus back when the form closes. */
export function Reveal({ label, isOpen, onToggle, children }: RevealProps) {
  const button = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !isOpen) button.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="button"
        aria-expanded={isOpen}
        onClick={() => onToggle(!isOpen)}
      >
        {label}
      </button>
      {isOpen && children}
    </>
  );
}

/** A finished action, read aloud by screen readers. */
export function Done({ children }: Readonly<{ children: ReactNode }>) {
  return <div role="status">{children && <p className="notice notice-good">{children}</p>}</div>;
}
