// Link: </api/tickets?cursor=…>; rel="next"

/** The cursor of the next page; undefined at the last one. */
export function cursorIn(headers: Headers): string | undefined {
  const next = /<([^>]+)>;\s*rel="next"/.exec(headers.get('Link') ?? '')?.[1];
  return next === undefined
    ? undefined
    : (new URL(next, location.origin).searchParams.get('cursor') ?? undefined);
}
