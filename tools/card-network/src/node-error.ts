/** The `code` of a Node.js error, for example `ENOENT` or `ABORT_ERR`. */
export function nodeErrorCode(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
}
