// The session of a client outside a browser, sent as the API's cookie or as a bearer token.

const name = 'session';

export type Session = Readonly<{
  /** the headers that authenticate a request */
  headers(): Record<string, string>;
  /** applies the `Set-Cookie` of a response */
  update(response: Headers): void;
  /** the token of the session; undefined without a session */
  token(): string | undefined;
}>;

/** @param bearer the initial token, sent as `Authorization: Bearer` until the API sets a cookie */
export function createSession(bearer?: string): Session {
  let cookie: string | undefined;
  let token = bearer;
  return {
    headers(): Record<string, string> {
      if (cookie !== undefined) return { Cookie: `${name}=${cookie}` };
      return token === undefined ? {} : { Authorization: `Bearer ${token}` };
    },
    update(response) {
      const set = response.getSetCookie().find((header) => header.startsWith(`${name}=`));
      if (set === undefined) return;
      cookie = /^[^=]+=([^;]*)/.exec(set)?.[1] || undefined;
      token = cookie === undefined ? undefined : tokenIn(cookie);
    },
    token: () => token,
  };
}

function tokenIn(cookie: string): string | undefined {
  try {
    const { jwt } = JSON.parse(atob(cookie)) as { jwt?: unknown };
    return typeof jwt === 'string' ? jwt : undefined;
  } catch {
    return undefined;
  }
}
