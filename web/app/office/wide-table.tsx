import type { ReactNode } from 'react';

/** A table that scrolls by itself on a narrow screen. */
export function WideTable({ label, children }: Readonly<{ label: string; children: ReactNode }>) {
  return (
    // Without focus, the keyboard could not scroll it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="table-scroll" tabIndex={0} role="region" aria-label={label}>
      <table>{children}</table>
    </div>
  );
}
