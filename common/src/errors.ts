// The few kinds of failure that are told apart. Whatever else is thrown is a defect: 500 from HTTP,
// five tries and a dead letter from a message.

/** The state of things forbids what was asked. An answer, never retried. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly retryAfterSeconds: number | undefined;
  constructor(
    readonly code: string,
    options?: { retryAfterSeconds?: number },
  ) {
    super(code);
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }
}

/** Input that does not fit its schema: one entry per field. It will never fit. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
  constructor(
    readonly problems: readonly { message: string; field?: string }[],
    readonly code = 'invalid-input',
  ) {
    super(problems.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; '));
  }
}

/** A thing that is not here, or not here yet. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
  constructor(what: string) {
    super(`${what} not found`);
  }
}

/** A database, broker, Redis or card network that does not answer now. Always worth another try. */
export class DependencyDown extends Error {
  override readonly name = 'DependencyDown';
  constructor(
    readonly dependency: string,
    options?: { cause?: unknown; retryAfterSeconds?: number },
  ) {
    super(`${dependency} is not available`, { cause: options?.cause });
    this.retryAfterSeconds = options?.retryAfterSeconds ?? 1;
  }
  readonly retryAfterSeconds: number;
}

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

const outageNames = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongoNotConnectedError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'PoolClearedOnNetworkError',
  'MongoTopologyClosedError',
  'MongoWaitQueueTimeoutError',
  'MongoOperationTimeoutError',
  'MongoWriteConcernError',
  'MongooseServerSelectionError',
  'MaxRetriesPerRequestError',
  'NoRespondersError',
  'ClosedConnectionError',
]);

// The server is about to stop or no longer the primary, or did not get done in time.
// https://github.com/mongodb/specifications/blob/master/source/server-discovery-and-monitoring/server-discovery-and-monitoring.md#error-handling
const serverCodes = new Set([6, 7, 50, 64, 89, 91, 189, 262, 9001, 10_107, 11_600, 11_602, 13_435, 13_436]);

/**
 * Is this failure an outage, so that the same call will succeed later? Recognises our own DependencyDown,
 * the MongoDB driver (by class name and its RetryableWriteError label), ioredis and Node's network errors.
 */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof DependencyDown || outageNames.has(error.name)) return true;
  const { code, errorLabelSet, message } = error as {
    code?: unknown;
    errorLabelSet?: Set<string>;
    message: string;
  };
  return (
    (typeof code === 'string' && networkCodes.has(code)) ||
    (typeof code === 'number' && error.name.startsWith('Mongo') && serverCodes.has(code)) ||
    errorLabelSet?.has('RetryableWriteError') === true ||
    errorLabelSet?.has('RetryableError') === true ||
    message.includes('before initial connection is complete') ||
    message === 'Connection is closed.'
  );
}
