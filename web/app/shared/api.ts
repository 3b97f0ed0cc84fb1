// The typed client of the API, and what every page does with its results.

import { createClient, type OperationName, type Result } from '@ticketing/client';

let aheadMs = 0;

// The `Date` of each response shows how far the clock of this device is from the server's.
async function fetchWithClock(request: Request): Promise<Response> {
  const sentAt = Date.now();
  const response = await fetch(request);
  const date = Date.parse(response.headers.get('Date') ?? '');
  // A `Date` has whole seconds. Half a second and half of the way are added.
  if (!Number.isNaN(date)) aheadMs = date + 500 - (sentAt + Date.now()) / 2;
  return response;
}

export const api = createClient({ url: location.origin, fetch: fetchWithClock });

/** The server's clock in milliseconds, to about a second: it decides when an order expires. */
export const serverNow = (): number => Date.now() + aheadMs;

/** A response with an error of the API. Pages show a sentence for its code. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  constructor(
    readonly status: number,
    /** such as `ticket-sold`; `invalid-input` has the field in `fields` */
    readonly code: string,
    message: string,
    /** message by the path of an invalid field */
    readonly fields: Readonly<Record<string, string>>,
    readonly retryAfterSeconds: number | undefined,
    readonly requestId: string | undefined,
  ) {
    super(message);
  }
}

/**
 * The data of a result.
 * @throws ApiProblem for every other response
 */
export function dataOf<N extends OperationName>(result: Result<N>): Extract<Result<N>, { ok: true }>['data'] {
  if (result.ok) return result.data;
  throw problemOf(result);
}

export function problemOf<N extends OperationName>(result: Extract<Result<N>, { ok: false }>): ApiProblem {
  const { status, error, errors, retryAfterSeconds, headers } = result;
  const fields = errors.flatMap(({ field, message }) => (field === undefined ? [] : [[field, message]]));
  const requestId = headers.get('X-Request-Id') ?? undefined;
  return new ApiProblem(
    status,
    error.code,
    error.message,
    Object.fromEntries(fields),
    retryAfterSeconds,
    requestId,
  );
}
