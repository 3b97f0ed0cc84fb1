// Limits requests per minute, counted in the memory of this process: N replicas allow N times as many, and counting
// needs no database write (docs/decisions/0020-limits.md).

import type { Request, RequestHandler, Response } from 'express';
import { rateLimit, type ClientRateLimitInfo, type Store } from 'express-rate-limit';
import { LRUCache } from 'lru-cache';
import { Refusal } from '../errors.js';
import { networkOf } from './network.js';
import { userOf } from './session-cookie.js';

const windowMs = 60_000;
export const maxKeys = 50_000;
const webhookFactor = 10;
const unlimited: RequestHandler = (_request, _response, next) => next();

/**
 * Limits the requests of a network; 0 disables the limit. Signed-in users of a network share a count of their own, so
 * that anonymous requests cannot exhaust it. Webhooks come from few addresses: they have a count of their own, ten times
 * as large.
 */
export function limitAddresses(perMinute: number, webhooks: ReadonlySet<string>): RequestHandler {
  const groupOf = (path: string, response: Response) =>
    webhooks.has(path) ? 'webhooks ' : userOf(response) ? 'users ' : '';
  return limiter('address', perMinute, {
    limit: ({ path }) => (webhooks.has(path) ? webhookFactor : 1) * perMinute,
    keyOf: ({ ip, path }, response) => `${groupOf(path, response)}${networkOf(ip ?? '')}`,
  });
}

/** Limits the requests of a user from all addresses. The address limit does not count what this limit refuses. */
export function limitUsers(perMinute: number): RequestHandler {
  return limiter('user', perMinute, {
    limit: () => perMinute,
    keyOf: (_request, response) => userOf(response)?.id ?? '',
    skip: (_request, response) => userOf(response) === undefined,
  });
}

/**
 * Refuses the webhooks of a network that sent `most` invalid ones in the last minute, before their bodies are read: a
 * forged signature costs the sender nothing, and us the hash of a body.
 */
export function limitForgeries(most: number): RequestHandler {
  const counts = createCounts(windowMs, maxKeys);
  return (request, response, next) => {
    const network = networkOf(request.ip ?? '');
    const count = counts.get(network);
    if (count && count.totalHits >= most) {
      // Otherwise the rest of the body would have to be read.
      response.setHeader('Connection', 'close');
      const retryAfterSeconds = Math.ceil((count.resetTime.getTime() - Date.now()) / 1_000);
      throw new Refusal('too-many-requests', { retryAfterSeconds });
    }
    response.once('close', () => {
      if (invalid.has(response.statusCode)) counts.increment(network);
    });
    next();
  };
}

// Malformed or forged, too slow, too large.
const invalid = new Set([400, 408, 413]);

type Rule = Readonly<{
  limit: (request: Request) => number;
  keyOf: (request: Request, response: Response) => string;
  skip?: (request: Request, response: Response) => boolean;
}>;

function limiter(name: string, perMinute: number, { limit, keyOf, skip }: Rule): RequestHandler {
  if (perMinute === 0) return unlimited;
  return rateLimit({
    windowMs,
    identifier: name,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // The library warns about proxies in general; network.ts compares the actual number of proxies.
    validate: false,
    store: createCounts(windowMs, maxKeys),
    limit,
    keyGenerator: keyOf,
    ...(skip && { skip }),
    // The library has already set `Retry-After`.
    handler: (_request, _response, next) => next(new Refusal('too-many-requests')),
  });
}

/**
 * Counts requests by key. Each key has a window of its own. Beyond `most` keys the least recently used one is dropped.
 * @param now milliseconds since the epoch
 */
export function createCounts(forMs: number, most: number, now: () => number = Date.now) {
  type Count = ClientRateLimitInfo & { totalHits: number; resetTime: Date };
  const counts = new LRUCache<string, Count>({ max: most });

  function begin(key: string, at: number): Count {
    const count = { totalHits: 0, resetTime: new Date(at + forMs) };
    counts.set(key, count);
    return count;
  }

  function countOf(key: string): Count | undefined {
    const last = counts.get(key);
    const leftMs = last ? last.resetTime.getTime() - now() : 0;
    // A window that would last longer than it may began before the machine's clock was set back.
    return leftMs > 0 && leftMs <= forMs ? last : undefined;
  }

  return {
    localKeys: true,
    get: countOf,
    increment(key: string) {
      const count = countOf(key) ?? begin(key, now());
      count.totalHits += 1;
      return count;
    },
    decrement(key: string) {
      const count = counts.get(key);
      if (count) count.totalHits -= 1;
    },
    resetKey: (key: string) => void counts.delete(key),
  } satisfies Store;
}
