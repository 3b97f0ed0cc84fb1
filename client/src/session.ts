// The session of a client that is no browser: it is kept here, and sent as the cookie that the API has set or as a bearer.

const name = 'session';

export type Session = Readonly<{
  headers(): Record<string, string>;
  /** takes what an answer says of the session */
  learn(answer: Headers): void;
  /** the session's token, to go on with elsewhere; undefined when nobody is signed in */
  token(): string | undefined;
}>;

/** @param bearer a token to begin with, sent as `Authorization: Bearer` until the API sets a cookie */
export function createSession(bearer?: string): Session {
  let cookie: string | undefined;
  let token = bearer;
  return {
    headers(): Record<string, string> {
      if (cookie !== undefined) return { Cookie: `${name}=${cookie}` };
      return token === undefined ? {} : { Authorization: `Bearer ${token}` };
    },
    learn(answer) {
      const set = answer.getSetCookie().find((one) => one.startsWith(`${name}=`));
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
