// Stripe takes the API key as a bearer token or as the user name of basic authentication; from Stripe.js also
// as the parameter `key`.
import type { IncomingMessage } from 'node:http';
import { ApiError, unauthorized } from '../api/errors.js';
import { accountId, secretKeyOf } from '../ids.js';
import type { Account } from '../ledger/account.js';
import type { Ledger } from '../ledger/ledger.js';
import { header } from './request.js';

type Identity = Readonly<{ accountId: string; publishable: boolean }>;
export type Caller = Readonly<{ account: Account; publishable: boolean }>;

export class Authentication {
  /** Caches the digest of each key, which is the slow part. */
  readonly #identities = new Map<string, Identity>();

  constructor(private readonly ledger: Ledger) {}

  /** @throws ApiError 401 without a valid test key */
  callerOf(request: IncomingMessage, query: string): Caller {
    const authorization = header(request, 'authorization') ?? `Bearer ${publishableKeyIn(query)}`;
    let identity = this.#identities.get(authorization);
    if (identity === undefined) {
      identity = identityOf(apiKey(authorization));
      this.#identities.set(authorization, identity);
    }
    return { account: this.ledger.account(identity.accountId), publishable: identity.publishable };
  }

  /** @throws ApiError 401 without a valid test key, 403 with a publishable one */
  accountOf(request: IncomingMessage): Account {
    const { account, publishable } = this.callerOf(request, '');
    if (publishable) throw secretKeyRequired();
    return account;
  }
}

export function secretKeyRequired(): ApiError {
  return new ApiError(403, {
    type: 'invalid_request_error',
    code: 'secret_key_required',
    message: 'This API call cannot be made with a publishable API key. Please use a secret API key.',
  });
}

/** A secret key does not belong in a URL, which is logged. */
function publishableKeyIn(query: string): string {
  const key = query === '' ? null : new URLSearchParams(query).get('key');
  return key?.startsWith('pk_') ? key : '';
}

function apiKey(authorization: string): string {
  const [scheme = '', credentials = ''] = authorization.split(' ', 2);
  const key =
    scheme.toLowerCase() === 'basic'
      ? (Buffer.from(credentials, 'base64').toString().split(':', 1)[0] ?? '')
      : credentials;
  if (key === '') throw unauthorized('You did not provide an API key.');
  if (!/^[sp]k_test_/.test(key) || key.length < 12) {
    throw unauthorized(`Invalid API Key provided: ${key.slice(0, 8)}***`);
  }
  return key;
}

function identityOf(key: string): Identity {
  return { accountId: accountId(secretKeyOf(key)), publishable: key.startsWith('pk_') };
}
