/** The cursor of the next page of a list: `Link: </api/…?cursor=…>; rel="next"`. */
export function nextCursorIn(headers: Headers): string | undefined {
  const next = /<([^>]+)>;\s*rel="next"/.exec(headers.get('Link') ?? '')?.[1];
  return next === undefined
    ? undefined
    : (new URL(next, location.origin).searchParams.get('cursor') ?? undefined);
}
