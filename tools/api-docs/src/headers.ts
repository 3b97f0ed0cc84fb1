// The headers that the API description knows: those of answers by what the declaration says, those of requests by name.

import type { Route } from '@ticketing/common/http';
import type { Json } from './schemas.js';

type Declaration = Route['endpoint']['declaration'];

const text = (description: string, example: string, more: Json = {}): Json => ({
  description,
  schema: { type: 'string', ...more },
  example,
});

const limits =
  'At most the number of RATE_LIMIT_PER_ADDRESS and RATE_LIMIT_PER_USER; absent where a limit is switched off.';

/** Headers of answers, once for all operations. */
export const answerHeaders: Readonly<Record<string, Json>> = {
  'X-Request-Id': text(
    'Names this request in the logs: the one that was sent with it, if that has 1 to 100 plain characters. Absent when there was too much to do to look at the request.',
    '0b6c1c5e-6f0a-4b8e-9d55-2f3c1f7a9f10',
    { pattern: String.raw`^[\w.:-]{1,100}$` },
  ),
  RateLimit: text(`What is left in this minute. ${limits}`, '"address"; r=1199; t=60'),
  'RateLimit-Policy': text(`The limits that apply. ${limits}`, '"address"; q=1200; w=60; pk=:MTI3LjAuMC4x:'),
  'Retry-After': {
    description: 'Seconds to wait before the next try.',
    schema: { type: 'integer', minimum: 0 },
    example: 1,
    required: true,
  },
  ETag: {
    ...text('The version of what is shown. Send it back in If-None-Match or If-Match.', '"3"', {
      pattern: String.raw`^"\d+"$`,
    }),
    required: true,
  },
  Link: text(
    'Leads to the next page; absent on the last one.',
    '</api/tickets?limit=50&cursor=NjY1ZjFjMmUwYTliOGM3ZDZlNWY0YTNi>; rel="next"',
  ),
  'Set-Cookie': {
    ...text(
      'Begins or ends the session of this browser.',
      'session=eyJqd3QiOiI…; path=/; httponly; samesite=lax',
    ),
    required: true,
  },
};

const referTo = (names: readonly string[]): Json =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** The headers that an answer of this status has. */
export function headersOf(declaration: Declaration, status: number): Json {
  const { query, session, versioned, idempotent } = declaration;
  const pages = query !== undefined && 'shape' in query && 'cursor' in (query.shape as object);
  const always = referTo([
    'X-Request-Id',
    'RateLimit',
    'RateLimit-Policy',
    ...([429, 503].includes(status) ? ['Retry-After'] : []),
    ...(pages && status === 200 ? ['Link'] : []),
    ...(versioned && (status < 300 || status === 304) && status !== 204 ? ['ETag'] : []),
    ...(session !== undefined && status < 300 ? ['Set-Cookie'] : []),
  ]);
  const inFlight = { ...answerHeaders['Retry-After'], required: false };
  return { ...always, ...(idempotent && status === 409 && { 'Retry-After': inFlight }) };
}

const requestHeaders: Readonly<Record<string, Json>> = {
  'Idempotency-Key': text(
    'Makes the request take effect once in 24 hours, however often it is sent: its answer is kept, unless it is 202, 401, 429 or 5xx. A key of your own making, such as a UUID, for each thing that you want done.',
    '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
    // As a string of RFC 8941, or without its quotes.
    { pattern: String.raw`^("([ !#-\[\]-~]|\\["\\]){1,255}"|[!#-+\--~]{1,255})$` },
  ),
  'If-None-Match': text(
    'The version that the client has: the answer is 304 when it is still that one.',
    '"3"',
  ),
  'If-Match': text('The versions that the client accepts: the answer is 412 when it is another one.', '"3"'),
  'Stripe-Signature': {
    ...text(
      'Stripe’s signature of the body’s bytes, at most five minutes old.',
      't=1780315200,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd',
    ),
    required: true,
  },
};

/** The parameters for the request headers that a use case reads, or that are read for it. */
export function headerParameters(
  method: Route['method'],
  { headers = [], versioned, idempotent }: Declaration,
): Json[] {
  const condition = { get: 'If-None-Match', post: undefined, put: 'If-Match', delete: 'If-Match' }[method];
  const implied = [
    ...(versioned && condition ? [condition] : []),
    ...(idempotent ? ['Idempotency-Key'] : []),
  ];
  return [...headers, ...implied].map((name) => {
    const parameter = requestHeaders[name];
    if (!parameter) throw new Error(`tools/api-docs/src/headers.ts does not know the request header ${name}`);
    return { name, in: 'header', ...parameter };
  });
}
