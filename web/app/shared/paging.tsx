// Lists that the API gives in pages: each answer names the cursor of the next page.

import { useInfiniteQuery, type QueryKey } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import { useTexts } from './language.js';
import { Problem } from './problem.js';
import { sharedTexts } from './texts.js';

/** The cursor of the next page: `Link: </api/…?cursor=…>; rel="next"`. */
export function nextCursorIn(headers: Headers): string | undefined {
  const next = /<([^>]+)>;\s*rel="next"/.exec(headers.get('Link') ?? '')?.[1];
  return next === undefined
    ? undefined
    : (new URL(next, location.origin).searchParams.get('cursor') ?? undefined);
}

type Pages<T> = Readonly<{
  queryKey: QueryKey;
  read: (
    page: Readonly<{ cursor?: string }>,
    options: Readonly<{ signal: AbortSignal }>,
  ) => Promise<Readonly<{ items: readonly T[]; headers: Headers }>>;
  refetchInterval?: number;
}>;

/** `found` tells about the pages; `items` are those of all pages that were read. */
export function usePages<T>({ queryKey, read, refetchInterval = 0 }: Pages<T>) {
  const found = useInfiniteQuery({
    queryKey,
    refetchInterval: refetchInterval || false,
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam: cursor, signal }) => {
      const { items, headers } = await read(cursor === undefined ? {} : { cursor }, { signal });
      return { items, next: nextCursorIn(headers) };
    },
    getNextPageParam: ({ next }) => next,
  });
  return { found, items: found.data?.pages.flatMap(({ items }) => items) ?? [] };
}

type PagedListProps = Readonly<{
  found: ReturnType<typeof usePages>['found'];
  label: string;
  className: string;
  /** what an empty list says */
  none: ReactNode;
  /** the `li` of each item */
  children: readonly ReactElement[];
}>;

export function PagedList({ found, label, className, none, children }: PagedListProps) {
  const texts = useTexts(sharedTexts);
  return (
    <>
      <Problem error={found.error} onRetry={() => void found.refetch()} />
      {found.isPending && <p className="muted">{texts.loading}</p>}
      {found.isSuccess && children.length === 0 && <p className="card">{none}</p>}
      {children.length > 0 && (
        <ul className={className} aria-label={label}>
          {children}
        </ul>
      )}
      {found.hasNextPage && (
        <button
          type="button"
          className="button"
          disabled={found.isFetching}
          onClick={() => void found.fetchNextPage()}
        >
          {texts.more}
        </button>
      )}
    </>
  );
}
