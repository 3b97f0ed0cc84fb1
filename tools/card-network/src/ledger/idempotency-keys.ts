// The idempotency keys of one account. A key in flight rejects a concurrent request; a key with a stored
// response replays it for 24 hours. The ledger holds the responses; `R` locates one.
import { ApiError } from '../api/errors.js';

const TTL_MS = 24 * 60 * 60 * 1000;

type Stored<R> = Readonly<{ at: number; fingerprint: string; response: R }>;

export class IdempotencyKeys<R> {
  readonly #stored = new Map<string, Stored<R>>();
  readonly #inFlight = new Map<string, string>();

  /**
   * Returns the stored response. Without one, the key is in flight until `store` or `release`.
   * @throws ApiError when the key is in flight or was used with other parameters
   */
  claim(key: string, fingerprint: string, now: number): R | undefined {
    const stored = this.#stored.get(key);
    if (stored && stored.at > now - TTL_MS) {
      if (stored.fingerprint !== fingerprint) throw differentParameters(key);
      return stored.response;
    }
    const inFlight = this.#inFlight.get(key);
    if (inFlight !== undefined) {
      throw inFlight === fingerprint ? requestInProgress(key) : differentParameters(key);
    }
    this.#inFlight.set(key, fingerprint);
    return undefined;
  }

  store(key: string, stored: Stored<R>): void {
    this.#inFlight.delete(key);
    this.#stored.delete(key); // a reused expired key moves to the end, so that the map stays sorted by age
    this.#stored.set(key, stored);
    this.#dropExpired(stored.at);
  }

  release(key: string): void {
    this.#inFlight.delete(key);
  }

  get size(): number {
    return this.#stored.size;
  }

  #dropExpired(now: number): void {
    for (const [key, { at }] of this.#stored) {
      if (at > now - TTL_MS) return;
      this.#stored.delete(key);
    }
  }
}

function differentParameters(key: string): ApiError {
  return new ApiError(
    400,
    {
      type: 'idempotency_error',
      message:
        `Keys for idempotent requests can only be used with the same parameters they were first used with. ` +
        `Try using a key other than '${key}' if you meant to execute a different request.`,
    },
    false,
  );
}

function requestInProgress(key: string): ApiError {
  return new ApiError(
    409,
    {
      type: 'idempotency_error',
      code: 'idempotency_key_in_use',
      message: `There is currently another in-progress request using this Idempotent Key: ${key}`,
    },
    false,
  );
}
