// What a client has seen, and whether it is still so. https://www.rfc-editor.org/rfc/rfc9110#section-13
// The entity tag of a thing is its version: every change raises it, and nothing else changes what is shown.

import { matchesVersion } from '../decision.js';
import { InvalidInput } from '../errors.js';

/** The `ETag` header of an answer that shows a thing of this version: `{ ETag: '"3"' }`. */
export const etagOf = ({ version }: { version: number }) => ({ ETag: `"${version}"` });

// Empty elements between commas are ignored, as section 5.6.1.2 asks of who reads a list.
const list = /^[\s,]*(W\/)?"[\x21\x23-\x7e\x80-\xff]*"(\s*,[\s,]*(W\/)?"[\x21\x23-\x7e\x80-\xff]*")*[\s,]*$/;

/**
 * The versions that an `If-Match` header accepts; undefined when it accepts any (`*`, or no header). Tags are compared
 * strongly: a weak one accepts nothing.
 * @throws InvalidInput when it is neither `*` nor a list of tags, for then nobody knows what was meant
 */
export function versionsIn(ifMatch: string | undefined): readonly number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  if (!list.test(ifMatch))
    throw new InvalidInput([{ field: 'If-Match', message: 'must be * or entity tags such as "3"' }]);
  return [...ifMatch.matchAll(/(?<!W\/)"(0|[1-9]\d{0,14})"/g)].map(([, version]) => Number(version));
}

/**
 * @throws InvalidInput when the body names a version that `If-Match` does not accept: one of them is a mistake, and
 * which one only the client knows
 */
export function requireSameVersion(
  version: number | undefined,
  accepted: readonly number[] | undefined,
): void {
  if (version !== undefined && !matchesVersion(version, accepted))
    throw new InvalidInput([{ field: 'version', message: 'must agree with If-Match' }]);
}
