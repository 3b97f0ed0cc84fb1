// How many requests somebody may make in a minute. Counted in the memory of this process: N replicas allow N times as many,
// and no request costs a write (docs/decisions/0020-limits.md).

import type { Request, RequestHandler, Response } from 'express';
import { rateLimit, type ClientRateLimitInfo, type Store } from 'express-rate-limit';
import { Refusal } from '../errors.js';
import { networkOf } from './network.js';
import { userOf } from './route.js';

const windowMs = 60_000;
const mostCounted = 50_000;
const nobody: RequestHandler = (_request, _response, next) => next();

/**
 * Refuses what an address asks beyond `perMinute`; 0 switches it off. Those who are signed in there are counted apart from
 * who is not, after `limitUsers`: so one guest of a venue takes little of what all who are signed in have together, and
 * nothing of it without a session. What comes to `signed` paths is another system's news, all of it from few addresses: it
 * is counted apart too, and may be ten times as much.
 */
export function limitAddresses(perMinute: number, signed: ReadonlySet<string>): RequestHandler {
  const groupOf = (path: string, response: Response) =>
    signed.has(path) ? 'signed ' : userOf(response) ? 'users ' : '';
  return limiter('address', perMinute, {
    limit: ({ path }) => (signed.has(path) ? 10 : 1) * perMinute,
    keyOf: ({ ip, path }, response) => `${groupOf(path, response)}${networkOf(ip ?? '')}`,
  });
}

/** The same for who is signed in, wherever they are. What is refused here is not counted at the address. */
export function limitUsers(perMinute: number): RequestHandler {
  return limiter('user', perMinute, {
    limit: () => perMinute,
    keyOf: (_request, response) => userOf(response)?.id ?? '',
    skip: (_request, response) => userOf(response) === undefined,
  });
}

type Rule = Readonly<{
  limit: (request: Request) => number;
  keyOf: (request: Request, response: Response) => string;
  skip?: (request: Request, response: Response) => boolean;
}>;

function limiter(name: string, perMinute: number, { limit, keyOf, skip }: Rule): RequestHandler {
  if (perMinute === 0) return nobody;
  return rateLimit({
    windowMs,
    identifier: name,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // The library's own checks of a proxy that is believed blindly: ours is counted (network.ts).
    validate: false,
    store: createCounts(windowMs, mostCounted),
    limit,
    keyGenerator: keyOf,
    ...(skip && { skip }),
    // `Retry-After` is set already.
    handler: (_request, _response, next) => next(new Refusal('too-many-requests')),
  });
}

/**
 * Counts by key, each in a window of its own, and at most `most` of them: beyond that who was counted first is forgotten.
 * @param now milliseconds
 */
export function createCounts(forMs: number, most: number, now: () => number = Date.now): Store {
  // In the order in which their windows end.
  const counts = new Map<string, ClientRateLimitInfo & { totalHits: number; resetTime: Date }>();

  function begin(key: string, at: number) {
    const count = { totalHits: 0, resetTime: new Date(at + forMs) };
    counts.delete(key);
    counts.set(key, count);
    for (const [oldest, { resetTime }] of counts) {
      if (counts.size <= most && resetTime.getTime() > at) break;
      counts.delete(oldest);
    }
    return count;
  }

  return {
    localKeys: true,
    increment(key) {
      const at = now();
      const last = counts.get(key);
      const count = last && last.resetTime.getTime() > at ? last : begin(key, at);
      count.totalHits += 1;
      return count;
    },
    decrement(key) {
      const count = counts.get(key);
      if (count) count.totalHits -= 1;
    },
    resetKey: (key) => void counts.delete(key),
  };
}
