// Conditional requests. The entity tag of an entity is its version: every change raises it. It may be followed by the version
// of another document that the answer shows a part of. A change is guarded by the first version alone.
// https://www.rfc-editor.org/rfc/rfc9110#section-13

import { matchesVersion } from '../decision.js';
import { InvalidInput } from '../errors.js';

/**
 * The `ETag` header of an answer that shows this version: `{ ETag: '"3"' }`. `also` is the version of another document of
 * which the answer shows a part: `{ ETag: '"3.7"' }`.
 */
export const etagOf = ({ version }: { version: number }, also?: number) => ({
  ETag: also === undefined ? `"${version}"` : `"${version}.${also}"`,
});

// RFC 9110, section 5.6.1.2: a recipient ignores empty elements of a list.
const list = /^[\s,]*(W\/)?"[\x21\x23-\x7e\x80-\xff]*"(\s*,[\s,]*(W\/)?"[\x21\x23-\x7e\x80-\xff]*")*[\s,]*$/;

/**
 * The versions that an `If-Match` header accepts; undefined if it accepts every version (`*`, or no header). The
 * comparison is strong, so weak tags accept nothing.
 * @throws InvalidInput if the header is neither `*` nor a list of entity tags
 */
export function versionsIn(ifMatch: string | undefined): readonly number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  if (!list.test(ifMatch))
    throw new InvalidInput([
      { field: 'If-Match', message: 'The header If-Match must be * or entity tags, for example "3".' },
    ]);
  return [...ifMatch.matchAll(/(?<!W\/)"(0|[1-9]\d{0,14})(?:\.\d+)?"/g)].map(([, version]) =>
    Number(version),
  );
}

/**
 * Checks that the version in a body is one that `If-Match` accepts.
 * @throws InvalidInput if they contradict each other
 */
export function requireSameVersion(
  version: number | undefined,
  accepted: readonly number[] | undefined,
): void {
  if (version !== undefined && !matchesVersion(version, accepted))
    throw new InvalidInput([{ field: 'version', message: 'The version must match the header If-Match.' }]);
}
