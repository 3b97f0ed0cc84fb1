// Maps thrown errors to answers. Details of unknown errors stay in the log.

import type { z } from 'zod';
import { DependencyDown, InvalidInput, isOutage, NotFound, Refusal } from '../errors.js';
import type { Logger } from '../observability/logger.js';
import { problems, type Answer } from './answers.js';

type Explanation = Readonly<{
  status: number;
  message: string;
  /** schema of the further fields of the error, if the refusal has `details` */
  details?: z.ZodObject;
}>;

/** Status, message and further fields of each refusal code. */
export type RefusalTable<C extends string = string> = Readonly<Record<C, Explanation>>;

/** The refusals that every service may answer. */
export const commonRefusals = {
  'not-signed-in': { status: 401, message: 'Sign in first.' },
  'cross-origin': { status: 403, message: 'Only pages of this site may send this request.' },
  'not-an-operator': { status: 403, message: 'Only operators may do this.' },
  'not-found': { status: 404, message: 'This does not exist.' },
  'request-in-flight': { status: 409, message: 'The first request with this key has not been answered yet.' },
  'idempotency-key-reused': { status: 422, message: 'Another request has used this key.' },
  'precondition-failed': { status: 412, message: 'This has changed since you loaded it. Load it again.' },
  'request-timeout': { status: 408, message: 'The body did not arrive in time. Send it again, faster.' },
  'body-too-large': { status: 413, message: 'The body may have at most 100 kB, that of a webhook 256 kB.' },
  'too-many-requests': { status: 429, message: 'Too many requests. Try again later.' },
  'too-many-streams': {
    status: 429,
    message: 'You or your network have too many open streams. Close some, or load again from time to time.',
  },
  'unsupported-media-type': { status: 415, message: 'Send JSON with Content-Type: application/json.' },
  unavailable: { status: 503, message: 'The server is overloaded. Try again.' },
} satisfies RefusalTable;

export type CommonRefusal = keyof typeof commonRefusals;

/** The answer for a thrown error. */
export function answerFor(error: unknown, table: RefusalTable, log: Logger): Answer {
  if (error instanceof Refusal) {
    const explanation = table[error.code];
    if (explanation)
      return {
        ...refusal(error.code, explanation, error.details),
        headers: retryAfter(error.retryAfterSeconds),
      };
  }
  if (error instanceof InvalidInput) {
    const { code } = error;
    return { status: 400, body: problems(...error.problems.map((problem) => ({ code, ...problem }))) };
  }
  if (error instanceof NotFound) return refusal('not-found', commonRefusals['not-found']);
  if (isOutage(error)) return unavailable(error, log);
  return requestError(error) ?? internalError(error, log);
}

const refusal = (code: string, { status, message }: Explanation, details?: Refusal['details']): Answer => ({
  status,
  body: problems({ code, message, ...details }),
});

const retryAfter = (seconds: number | undefined): Record<string, string> =>
  seconds === undefined ? {} : { 'Retry-After': String(seconds) };

function unavailable(error: unknown, log: Logger): Answer {
  const seconds = error instanceof DependencyDown ? error.retryAfterSeconds : 1;
  log.warn({ err: error }, 'a dependency is down');
  return {
    status: 503,
    headers: retryAfter(seconds),
    body: problems({ code: 'unavailable', message: 'This is not available at the moment. Try again.' }),
  };
}

// Express, its router and its body parser set `status` on errors that the client caused.
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

function internalError(error: unknown, log: Logger): Answer {
  log.error({ err: error, alarm: true }, 'request failed');
  return {
    status: 500,
    body: problems({ code: 'internal-error', message: 'The server failed to handle this request.' }),
  };
}
