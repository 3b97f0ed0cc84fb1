// Requests that may be sent again under the same `Idempotency-Key` and take effect once.
// https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/

import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { InvalidInput, Refusal } from '../errors.js';
import type { Logger } from '../observability/logger.js';
import type { IdempotencyKeys } from '../documents/idempotency-keys.js';
import type { Answer } from './answers.js';
import type { AnyInput, Endpoint } from './route.js';
import type { User } from './session.js';

// A string as in RFC 8941, section 3.3.3, or what many clients send instead: the same without the quotes.
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
const bare = /^[\x21\x23-\x2b\x2d-\x7e]+$/;
const longest = 255;

/**
 * The key in the header; undefined without one.
 * @throws InvalidInput when it is no key
 */
export function keyIn(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = quoted.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? bare.exec(header)?.[0] ?? '';
  if (key !== '' && key.length <= longest) return key;
  throw new InvalidInput([
    { field: 'Idempotency-Key', message: `must be 1 to ${longest} visible characters, in quotes` },
  ]);
}

/** Not what may be another answer a moment later: under way, who is asking, too much, and our own faults. */
export const isKept = (status: number): boolean => status < 500 && ![202, 401, 429].includes(status);

type Parts = Readonly<{ keys: IdempotencyKeys; explain: (error: unknown) => Answer; log: Logger }>;

/**
 * Handles a request under its key, if it has one. What does not fit the declaration takes no key, so that it can be
 * mended and sent again under the same one.
 */
export function withIdempotencyKey({ read, use }: Endpoint, { keys, explain, log }: Parts) {
  return async (request: Request, response: Response): Promise<Answer> => {
    const input = read(request, response);
    const key = keyIn(request.get('idempotency-key'));
    if (key === undefined) return use(input);

    const { id: userId } = input.user as User;
    const claim = await keys.claim({ userId, key, fingerprint: fingerprintOf(request, input) });
    if (claim.outcome === 'reused') throw new Refusal('idempotency-key-reused');
    if (claim.outcome === 'in-flight') throw new Refusal('request-in-flight', { retryAfterSeconds: 1 });
    if (claim.outcome === 'answered') return claim.answer;

    const cause = { ...input.cause, request: claim.request };
    const answer = await use({ ...input, cause }).catch(explain);
    const { effectId } = claim.request;
    const noted = isKept(answer.status)
      ? keys.saveAnswer({ id: claim.id, effectId }, answer)
      : keys.release({ id: claim.id, effectId });
    // What was done is done, and found by who asks again when this claim is over.
    await noted.catch((error: unknown) =>
      log.warn({ err: error }, 'the answer to a keyed request was not kept'),
    );
    return answer;
  };
}

// Of what was understood: the same price, written another way, is the same request.
const fingerprintOf = ({ method, path }: Request, { body }: AnyInput): string =>
  createHash('sha256')
    .update(`${method} ${path}\n${JSON.stringify(body)}`)
    .digest('base64url');
