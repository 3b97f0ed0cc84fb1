// The parts of the account page.

import { useId, useState, type ReactNode } from 'react';

export function Section({ title, children }: Readonly<{ title: string; children: ReactNode }>) {
  const id = useId();
  return (
    <section className="card section" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

/** A button that opens a form below it. `children` gets what closes the form. */
export function Reveal({
  label,
  children,
}: Readonly<{ label: string; children: (close: () => void) => ReactNode }>) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {label}
      </button>
      {isOpen && children(() => setOpen(false))}
    </>
  );
}

/** What has been done, read aloud by screen readers. */
export function Done({ children }: Readonly<{ children: ReactNode }>) {
  return <div role="status">{children && <p className="notice notice-good">{children}</p>}</div>;
}
