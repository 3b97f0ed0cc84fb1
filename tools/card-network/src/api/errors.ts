// Errors in the shape of Stripe's API.

export type ErrorBody = Readonly<{
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  code?: string;
  decline_code?: string;
  message: string;
  param?: string;
  charge?: string;
  payment_intent?: object;
  payment_method?: object;
}>;

/** Rejects a request; nothing has changed. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: ErrorBody,
    /** Stripe stores a response under its idempotency key only after execution has begun. */
    readonly replayable: boolean = true,
  ) {
    super(body.message);
  }
}

export function invalidParameter(code: string, param: string, message: string): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', code, message, param }, false);
}

/** Status 404 when the URL names the resource, 400 when a parameter does. */
export function resourceMissing(status: 400 | 404, resource: string, id: string, param: string): ApiError {
  return new ApiError(status, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${resource}: '${id}'`,
    param,
  });
}

export function unauthorized(message: string): ApiError {
  return new ApiError(401, { type: 'invalid_request_error', message }, false);
}

export const internalError = new ApiError(500, {
  type: 'api_error',
  message: 'An unexpected error occurred.',
});

export const rateLimitError = new ApiError(
  429,
  {
    type: 'invalid_request_error',
    code: 'rate_limit',
    message: 'Too many requests. Back off and try again.',
  },
  false,
);

export function errorView({ body }: ApiError) {
  return { error: body };
}
