// The frame of a page: its title, its heading, and the focus that moves there after navigation.

import { useEffect, useRef, type ReactNode } from 'react';

let isFirst = true;

export function Page({
  title,
  lead,
  children,
  isWide = false,
}: Readonly<{ title: string; lead?: ReactNode; children: ReactNode; isWide?: boolean }>) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Ticketing`;
  }, [title]);
  // A screen reader begins to read at the heading of the new page. The first page keeps the browser's own start.
  useEffect(() => {
    if (isFirst) isFirst = false;
    else heading.current?.focus();
  }, []);
  return (
    <div className={isWide ? 'page' : 'page page-narrow'}>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {lead !== undefined && <p className="lead">{lead}</p>}
      {children}
    </div>
  );
}
