// Requirements for every response, checked for each response that any attack receives.

import { lateEventRetryAfterSeconds } from '@ticketing/common/documents';
import type { Reply, Request } from './ask.js';

// The first pattern is a line of a stack trace: it needs a path, so that a time such as "at 10:15:30" does not match.
const internals =
  /\bat [^"]*[\\/][^"]*:\d+:\d+|node_modules|\/dist\/|MongoServerError|BSONError|CastError|ZodError|TypeError/;

/** @returns the flaws of the response to a request, as text */
export function flawsOf(request: Request, { status, headers, text, json }: Reply): string[] {
  const flaws: string[] = [];
  const unless = (isSo: boolean, flaw: string) => {
    if (!isSo) flaws.push(flaw);
  };
  unless(status < 500 || isEventLate(request, status, headers), `${status}`);
  // Node's parser answers a malformed request with a status and nothing else.
  if (headers['content-type'] === undefined && text === '' && [400, 408, 413, 414, 431].includes(status))
    return flaws;

  unless(headers['x-content-type-options'] === 'nosniff', 'has no nosniff header');
  unless(headers['x-powered-by'] === undefined, 'has an X-Powered-By header');
  unless(headers['server'] === undefined, 'has a Server header');
  unless(!Object.keys(headers).some((name) => name.startsWith('access-control-')), 'has CORS headers');
  unless(!internals.test(text), 'shows internals');
  if (text !== '') {
    unless(/; *charset=utf-8$/i.test(headers['content-type'] ?? ''), 'has no charset');
    if (status >= 400) unless(isProblem(json), 'is an error in an unknown form');
  }
  return flaws;
}

/** The event of a young ticket or order may be late: no other 503 of these routes has this `Retry-After`. */
const isEventLate = ({ method, path }: Request, status: number, headers: Reply['headers']) =>
  method === 'POST' &&
  lateAt.has(path) &&
  status === 503 &&
  headers['retry-after'] === `${lateEventRetryAfterSeconds}`;
const lateAt = new Set(['/api/orders', '/api/payments']);

function isProblem(json: unknown): boolean {
  const { errors } = (json ?? {}) as { errors?: unknown };
  return (
    Array.isArray(errors) &&
    errors.length > 0 &&
    errors.every((error) => /^[a-z][a-z-]*$/.test(String((error as { code?: unknown }).code)))
  );
}
