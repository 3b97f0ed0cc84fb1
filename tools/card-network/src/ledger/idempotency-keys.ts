// The answers given, by idempotency key. The answers themselves stand in the ledger; kept here is
// where. A key taken up and not answered yet is `in hand`: the same call is not carried out twice.
import { Refused } from '../api/errors.js';

const KEPT_MS = 24 * 60 * 60 * 1000;

export type StoredAnswer<P> = Readonly<{ at: number; fingerprint: string; place: P }>;

export class IdempotencyKeys<P> {
  readonly #answers = new Map<string, StoredAnswer<P>>();
  readonly #inFlight = new Map<string, string>();

  /** The stored answer, if there is one; otherwise the key is in hand until `keep` or `release`. */
  take(key: string, fingerprint: string, now: number): P | undefined {
    const stored = this.#answers.get(key);
    if (stored && stored.at > now - KEPT_MS) {
      if (stored.fingerprint !== fingerprint) throw otherParameters(key);
      return stored.place;
    }
    const other = this.#inFlight.get(key);
    if (other !== undefined) throw other === fingerprint ? stillInHand(key) : otherParameters(key);
    this.#inFlight.set(key, fingerprint);
    return undefined;
  }

  keep(key: string, answer: StoredAnswer<P>): void {
    this.#inFlight.delete(key);
    this.#answers.delete(key); // a new answer under an expired key goes to the end of the line
    this.#answers.set(key, answer);
    this.#dropExpired(answer.at);
  }

  release(key: string): void {
    this.#inFlight.delete(key);
  }

  get size(): number {
    return this.#answers.size;
  }

  #dropExpired(now: number): void {
    for (const [key, { at }] of this.#answers) {
      if (at > now - KEPT_MS) return;
      this.#answers.delete(key);
    }
  }
}

function otherParameters(key: string): Refused {
  return new Refused(
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

function stillInHand(key: string): Refused {
  return new Refused(
    409,
    {
      type: 'idempotency_error',
      code: 'idempotency_key_in_use',
      message: `There is currently another in-progress request using this Idempotent Key: ${key}`,
    },
    false,
  );
}
