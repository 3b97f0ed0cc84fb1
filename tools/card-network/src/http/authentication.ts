// Stripe takes the API key as a bearer token or as the user name of basic authentication.
import type { IncomingMessage } from 'node:http';
import { unauthorized } from '../api/errors.js';
import { accountId } from '../ids.js';
import type { Account } from '../ledger/account.js';
import type { Ledger } from '../ledger/ledger.js';
import { header } from './request.js';

export class Authentication {
  /** Caches the digest of each key, which is the slow part. */
  readonly #accountIds = new Map<string, string>();

  constructor(private readonly ledger: Ledger) {}

  /** @throws ApiError 401 without a valid test key */
  accountOf(request: IncomingMessage): Account {
    const authorization = header(request, 'authorization') ?? '';
    let id = this.#accountIds.get(authorization);
    if (id === undefined) {
      id = accountId(apiKey(authorization));
      this.#accountIds.set(authorization, id);
    }
    return this.ledger.account(id);
  }
}

function apiKey(authorization: string): string {
  const [scheme = '', credentials = ''] = authorization.split(' ', 2);
  const key =
    scheme.toLowerCase() === 'basic'
      ? (Buffer.from(credentials, 'base64').toString().split(':', 1)[0] ?? '')
      : credentials;
  if (key === '') throw unauthorized('You did not provide an API key.');
  if (!key.startsWith('sk_test_') || key.length < 12) {
    throw unauthorized(`Invalid API Key provided: ${key.slice(0, 8)}***`);
  }
  return key;
}
