// Requests with an `Idempotency-Key` take effect once, however often the client sends them.
// https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/

import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { IdempotencyKeys } from '../documents/idempotency-keys.js';
import { InvalidInput, Refusal } from '../errors.js';
import type { Logger } from '../observability/logger.js';
import type { Answer } from './answers.js';
import type { AnyInput, Endpoint } from './route.js';
import type { User } from './session.js';

// A string of RFC 8941, section 3.3.3, or the same without quotes, as many clients send it.
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
const unquoted = /^[\x21\x23-\x2b\x2d-\x7e]+$/;
const maxLength = 255;

/**
 * The key in the header; undefined without a header.
 * @throws InvalidInput if the header is not a key
 */
export function keyIn(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = quoted.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? unquoted.exec(header)?.[0] ?? '';
  if (key !== '' && key.length <= maxLength) return key;
  const message = `The header Idempotency-Key must have 1 to ${maxLength} visible characters, in quotes.`;
  throw new InvalidInput([{ field: 'Idempotency-Key', message }]);
}

/** Is an answer final? Answers that may differ a moment later are not: 202, 401, 429 and server errors. */
export const isFinal = (status: number): boolean => status < 500 && ![202, 401, 429].includes(status);

type Parts = Readonly<{ keys: IdempotencyKeys; explain: (error: unknown) => Answer; log: Logger }>;

/**
 * Handles a request under its key, if it has one. Invalid input claims no key, so the client can correct it and send it
 * again under the same key.
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
    const { effect } = claim.request;
    const saved = isFinal(answer.status)
      ? keys.keep({ id: claim.id, effect }, answer)
      : keys.release({ id: claim.id, effect });
    // The effect stands even if the answer is not saved: a repeat finds it when this claim expires.
    await saved.catch((error: unknown) =>
      log.warn({ err: error }, 'the answer to a request with an idempotency key was not saved'),
    );
    return answer;
  };
}

// Of the parsed input: the same price written differently is the same request.
const fingerprintOf = ({ method, path }: Request, { body }: AnyInput): string =>
  createHash('sha256')
    .update(`${method} ${path}\n${JSON.stringify(body)}`)
    .digest('base64url');
