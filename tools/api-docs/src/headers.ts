// The headers of the API description. A route's declaration determines its response headers; request headers are looked up
// by name.

import type { Route } from '@ticketing/common/http';
import type { Json } from './schemas.js';

type Declaration = Route['endpoint']['declaration'];

const text = (description: string, example: string, more: Json = {}): Json => ({
  description,
  schema: { type: 'string', ...more },
  example,
});

const limits =
  'One entry for the limit per address and one for the limit per user. Absent when both are switched off.';

/** The response headers, shared by all operations. */
export const answerHeaders: Readonly<Record<string, Json>> = {
  'X-Request-Id': text(
    'The id of this request in the logs: the sent X-Request-Id if it is valid, otherwise a new one. Absent when the service rejects the request because of overload.',
    '0b6c1c5e-6f0a-4b8e-9d55-2f3c1f7a9f10',
    { pattern: String.raw`^[\w.:-]{1,100}$` },
  ),
  RateLimit: text(`The remaining requests in the current minute. ${limits}`, '"address"; r=1199; t=60'),
  'RateLimit-Policy': text(
    `The limits for this request. ${limits}`,
    '"address"; q=1200; w=60; pk=:MTI3LjAuMC4x:',
  ),
  'Retry-After': {
    description: 'Seconds to wait before the next attempt.',
    schema: { type: 'integer', minimum: 0 },
    example: 1,
    required: true,
  },
  ETag: {
    ...text('The version of the resource, for If-None-Match or If-Match.', '"3"', {
      pattern: String.raw`^"\d+(\.\d+)?"$`,
    }),
    required: true,
  },
  Link: text(
    'The URL of the next page; absent on the last page.',
    '</api/tickets?limit=50&cursor=NjY1ZjFjMmUwYTliOGM3ZDZlNWY0YTNi>; rel="next"',
  ),
  'Set-Cookie': {
    ...text('Starts or ends the session.', 'session=eyJqd3QiOiI…; path=/; httponly; samesite=lax'),
    required: true,
  },
};

const referTo = (names: readonly string[]): Json =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** The headers of a response with this status. */
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
    ...(session === 'ends' && status < 300 ? ['Set-Cookie'] : []),
  ]);
  const inFlight = { ...answerHeaders['Retry-After'], required: false };
  const cookie = {
    ...answerHeaders['Set-Cookie'],
    description: 'The session; absent if the answer has a `token`.',
    required: false,
  };
  return {
    ...always,
    ...(session === 'begins' && status < 300 && { 'Set-Cookie': cookie }),
    ...(idempotent && status === 409 && { 'Retry-After': inFlight }),
  };
}

const requestHeaders: Readonly<Record<string, Json>> = {
  'Idempotency-Key': text(
    'A unique key of the client, such as a UUID. Within 24 hours, all requests with the same key take effect once and get the stored response. Responses 202, 401, 429 and 5xx are not stored.',
    '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
    // A string of RFC 8941, with or without quotes.
    { pattern: String.raw`^("([ !#-\[\]-~]|\\["\\]){1,255}"|[!#-+\--~]{1,255})$` },
  ),
  'If-None-Match': text('The version that the client has; 304 when it is still current.', '"3"'),
  'If-Match': text(
    'The versions that the client accepts; 412 when the current version is another one. For placeOrder of one ticket: versions of the ticket; 409 when its offer is another one.',
    '"3"',
  ),
  'Last-Event-ID': text(
    'The id of the last message of an earlier stream. Without a change since then, the stream begins with the next one.',
    '3',
  ),
  'Stripe-Signature': {
    ...text(
      'Stripe’s signature of the raw body, at most five minutes old.',
      't=1780315200,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd',
    ),
    required: true,
  },
};

/**
 * The request headers of an operation, declared or implied by `versioned` and `idempotent`.
 * @throws Error when this file has no description of a declared header
 */
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
    if (!parameter) throw new Error(`Describe the request header ${name} in tools/api-docs/src/headers.ts.`);
    return { name, in: 'header', ...parameter };
  });
}
