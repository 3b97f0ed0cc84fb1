// From what was thrown to what the client is told. Details of unknown faults stay in the log.

import { DependencyDown, InvalidInput, isOutage, NotFound, Refusal } from '../errors.js';
import type { Logger } from '../observability/logger.js';
import { problems, type Answer } from './answers.js';

/** What a service answers for each of its refusal codes. */
export type RefusalTable = Readonly<Record<string, Readonly<{ status: number; message: string }>>>;

/** What every service may answer. */
export const commonRefusals = {
  'not-signed-in': { status: 401, message: 'Sign in first.' },
  'cross-origin': { status: 403, message: 'Changes are accepted from our own pages only.' },
  'not-found': { status: 404, message: 'There is no such thing.' },
  'request-in-flight': { status: 409, message: 'The first request with this key is still being answered.' },
  'idempotency-key-reused': { status: 422, message: 'This key was used for another request.' },
  'precondition-failed': { status: 412, message: 'It has changed since you saw it.' },
  'body-too-large': { status: 413, message: 'The body may have at most 100 kB.' },
  'too-many-requests': { status: 429, message: 'Too many requests. Try again later.' },
  'unsupported-media-type': { status: 415, message: 'Send JSON: Content-Type: application/json.' },
} satisfies RefusalTable;

/** The answer for a thrown error. */
export function answerFor(error: unknown, table: RefusalTable, log: Logger): Answer {
  if (error instanceof Refusal) {
    const entry = table[error.code];
    if (entry) return { ...refusal(error.code, entry), headers: retryAfter(error.retryAfterSeconds) };
  }
  if (error instanceof InvalidInput) {
    const { code } = error;
    return { status: 400, body: problems(...error.problems.map((problem) => ({ code, ...problem }))) };
  }
  if (error instanceof NotFound) return refusal('not-found', commonRefusals['not-found']);
  if (isOutage(error)) {
    const seconds = error instanceof DependencyDown ? error.retryAfterSeconds : 1;
    log.warn({ err: error }, 'a dependency is down');
    return {
      status: 503,
      headers: retryAfter(seconds),
      body: problems({ code: 'unavailable', message: 'Not possible at the moment. Try again.' }),
    };
  }
  return requestError(error) ?? unknownFault(error, log);
}

const refusal = (code: string, { status, message }: { status: number; message: string }): Answer => ({
  status,
  body: problems({ code, message }),
});

const retryAfter = (seconds: number | undefined): Record<string, string> =>
  seconds === undefined ? {} : { 'Retry-After': String(seconds) };

// Express, its router and its body parser mark what the client did wrong with `status`.
function requestError(error: unknown): Answer | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  if (error instanceof URIError) return refusal('not-found', commonRefusals['not-found']);
  if (error.status === 413) return refusal('body-too-large', commonRefusals['body-too-large']);
  if (error.status === 415)
    return refusal('unsupported-media-type', commonRefusals['unsupported-media-type']);
  if (error.status >= 400 && error.status < 500)
    return { status: 400, body: problems({ code: 'invalid-json', message: 'The body is not valid JSON.' }) };
  return undefined;
}

function unknownFault(error: unknown, log: Logger): Answer {
  log.error({ err: error, alarm: true }, 'request failed');
  return {
    status: 500,
    body: problems({ code: 'internal-error', message: 'Something went wrong on our side.' }),
  };
}
