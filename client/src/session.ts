// The session of a client. In a browser it is a cookie, which no script can read. Elsewhere it is a bearer token, which the
// client asks for whenever a session begins.

import type { OperationName } from './types.js';

const beginning: readonly OperationName[] = ['signUp', 'signIn', 'changePassword'];
const ending: readonly OperationName[] = ['signOut', 'deleteAccount'];

export type Session = Readonly<{
  /** the headers that authenticate a request */
  headers(): Record<string, string>;
  /** the fields that the body of an operation has besides the caller's */
  fields(name: OperationName): Record<string, unknown>;
  /** applies the data of a successful operation */
  update(name: OperationName, data: unknown): void;
  /** the token of the session; undefined without one */
  token(): string | undefined;
}>;

/**
 * @param kind whether the session is the cookie of the browser or a token
 * @param initial the token of an existing session
 */
export function createSession(kind: 'cookie' | 'token', initial?: string): Session {
  let token = initial;
  return {
    headers: (): Record<string, string> => (token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    fields: (name): Record<string, unknown> =>
      kind === 'token' && beginning.includes(name) ? { token: true } : {},
    update(name, data) {
      if (ending.includes(name)) token = undefined;
      else if (beginning.includes(name)) token = (data as { token?: string }).token;
    },
    token: () => token,
  };
}
