// The refusals of the network, in the shape in which Stripe gives them.

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

/** Thrown wherever a call is refused without effect. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly body: ErrorBody,
    /** Stripe stores an answer under its idempotency key only once execution began. */
    readonly begun: boolean = true,
  ) {
    super(body.message);
  }
}

export function invalidParameter(code: string, param: string, message: string): Refused {
  return new Refused(400, { type: 'invalid_request_error', code, message, param }, false);
}

export function missing(status: 400 | 404, what: string, id: string, param: string): Refused {
  return new Refused(status, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${what}: '${id}'`,
    param,
  });
}

export function unauthorized(message: string): Refused {
  return new Refused(401, { type: 'invalid_request_error', message }, false);
}

export const unknownFault = new Refused(500, {
  type: 'api_error',
  message: 'An unexpected error occurred.',
});

export const rateLimited = new Refused(
  429,
  {
    type: 'invalid_request_error',
    code: 'rate_limit',
    message: 'Too many requests. Back off and try again.',
  },
  false,
);

/** The code of an error of Node's: `ENOENT`, `ABORT_ERR`. */
export function errorCode(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
}
