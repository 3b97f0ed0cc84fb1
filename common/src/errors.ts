// The kinds of failure that callers distinguish. Any other error is a defect: HTTP answers 500, and a message
// becomes a dead letter after five tries.

export type RefusalOptions = Readonly<{
  retryAfterSeconds?: number;
  /** further fields of the error in the answer; the code's entry in the refusal table describes them */
  details?: Readonly<Record<string, string | number>>;
}>;

/** The state forbids the request. A refusal is an answer and is never retried. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly retryAfterSeconds: number | undefined;
  readonly details: RefusalOptions['details'];
  constructor(
    readonly code: string,
    { retryAfterSeconds, details }: RefusalOptions = {},
  ) {
    super(code);
    this.retryAfterSeconds = retryAfterSeconds;
    this.details = details;
  }
}

/** One fault of an input. `message` is a whole sentence that is clear without `field`. */
export type InputProblem = Readonly<{ message: string; field?: string }>;

/** Input that does not match its schema, with one problem per field. Retrying cannot help. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
  constructor(
    readonly problems: readonly InputProblem[],
    readonly code = 'invalid-input',
  ) {
    super(problems.map(({ message }) => message).join(' '));
  }
}

/** An entity that does not exist, or whose event has not arrived yet. `id` is the document that would have been read. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
  constructor(
    what: string,
    readonly id?: string,
  ) {
    super(`${what} not found`);
  }
}

/** A database, broker, Redis or card network that does not answer. Retrying helps. */
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

// MongoDB is stopping, is no longer the primary, or ran out of time.
// https://github.com/mongodb/specifications/blob/master/source/server-discovery-and-monitoring/server-discovery-and-monitoring.md#error-handling
const serverCodes = new Set([6, 7, 50, 64, 89, 91, 189, 262, 9001, 10_107, 11_600, 11_602, 13_435, 13_436]);

// Out of disk space; Atlas uses 8000 for a full or read-only cluster.
const noSpaceCodes = new Set([14_031, 8_000]);

/** Does this server code say that the database accepts no writes at the moment? */
export const isNoSpace = (code: unknown): boolean => typeof code === 'number' && noSpaceCodes.has(code);

/**
 * Is this error an outage, so that the same call may succeed later? Recognises DependencyDown, errors of the MongoDB
 * driver (by class name, code and label), of ioredis, and Node's network errors.
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
    (typeof code === 'number' &&
      error.name.startsWith('Mongo') &&
      (serverCodes.has(code) || isNoSpace(code))) ||
    errorLabelSet?.has('RetryableWriteError') === true ||
    errorLabelSet?.has('RetryableError') === true ||
    message.includes('before initial connection is complete') ||
    message === 'Connection is closed.'
  );
}
