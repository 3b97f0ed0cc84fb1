import { createSecretKey } from 'node:crypto';
import jwt, { type SignOptions } from 'jsonwebtoken';
import { sessionKeyPair } from '../testing/session-keys.js';
import { sessionKeys } from './session-keys.js';
import { issueToken, verifyToken } from './session.js';

const [key, otherKey, previousKey] = ['k', 'o', 'p'].map((letter) => letter.repeat(32)) as [
  string,
  string,
  string,
];
const user = { id: 'a'.repeat(24), email: 'ann@example.com' };
const keys = sessionKeys({ JWT_KEY: key });

/** A token made by hand, with the given differences from ours. */
function token({
  with: signer = key,
  claims = {},
  ...options
}: SignOptions & { with?: string; claims?: object } = {}) {
  const all = {
    sub: user.id,
    email: user.email,
    sid: 's',
    iss: 'ticketing',
    exp: nowSeconds() + 60,
    ...claims,
  };
  const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return jwt.sign(payload, createSecretKey(signer, 'utf8'), { algorithm: 'HS256', ...options });
}

const nowSeconds = () => Math.floor(Date.now() / 1_000);
const lasting = (seconds: number, iat = nowSeconds()) => ({ iat, exp: iat + seconds });
const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

describe('a session token', () => {
  test('identifies its user for twelve hours', () => {
    const issued = issueToken(user, keys);
    expect(verifyToken(issued, keys)).toMatchObject(user);
    const { iat = 0, exp = 0, iss } = jwt.decode(issued) as jwt.JwtPayload;
    expect([exp - iat, iss]).toEqual([12 * 3_600, 'ticketing']);
  });

  test('has a new session id at every sign-in', () => {
    const sids = [issueToken(user, keys), issueToken(user, keys)].map(
      (issued) => (jwt.decode(issued) as jwt.JwtPayload)['sid'],
    );
    expect(new Set(sids).size).toBe(2);
  });

  test('contains the id and the start of its session', () => {
    const second = nowSeconds() * 1_000;
    const session = { sid: 'mine', issuedAt: new Date(second + 700) };
    const began = { ...session, issuedAt: new Date(second) };
    expect(verifyToken(issueToken({ ...user, ...session }, keys), keys)).toEqual({ ...user, ...began });
  });

  test('carries the role of an operator, and no other role', () => {
    expect(verifyToken(issueToken({ ...user, role: 'operator' }, keys), keys)).toMatchObject({
      role: 'operator',
    });
    expect(verifyToken(issueToken(user, keys), keys)).not.toHaveProperty('role');
    expect(verifyToken(token({ claims: { role: 'king' } }), keys)).not.toHaveProperty('role');
  });

  test('made by hand is accepted if it is correct (the control of the tests below)', () => {
    expect(verifyToken(token(), keys)).toMatchObject(user);
  });

  test('may last as long as a session and come from a clock that is minutes ahead', () => {
    expect(verifyToken(token({ claims: lasting(12 * 3_600) }), keys)).toMatchObject(user);
    expect(verifyToken(token({ claims: lasting(60, nowSeconds() + 10 * 60) }), keys)).toMatchObject(user);
  });

  const [head = '', body = '', signature = ''] = token().split('.');
  const refused: [what: string, token: string][] = [
    ['signed with another key', token({ with: otherKey })],
    [
      'of another user with the same signature',
      [head, encoded({ ...(jwt.decode(token()) as object), sub: 'b'.repeat(24) }), signature].join('.'),
    ],
    ['expired', token({ claims: { exp: nowSeconds() - 1 } })],
    ['that never expires', token({ claims: { exp: undefined } })],
    ['that lasts a second longer than a session', token({ claims: lasting(12 * 3_600 + 1) })],
    ['that lasts a year', token({ claims: lasting(365 * 24 * 3_600) })],
    ['of the far future', token({ claims: lasting(3_600, nowSeconds() + 16 * 60) })],
    ['not yet valid', token({ claims: { nbf: nowSeconds() + 60 } })],
    ['of another issuer', token({ claims: { iss: 'somebody' } })],
    ['of no issuer', token({ claims: { iss: undefined } })],
    ['without a subject', token({ claims: { sub: undefined } })],
    ['whose subject is not an id', token({ claims: { sub: 'root' } })],
    ['without an email', token({ claims: { email: undefined } })],
    ['whose email is not a text', token({ claims: { email: { $gt: '' } } })],
    ['without a session id', token({ claims: { sid: undefined } })],
    ['without the time of its issue', token({ noTimestamp: true })],
    ['signed by HS512 with our key', token({ algorithm: 'HS512' })],
    ['unsigned (alg none)', `${encoded({ alg: 'none', typ: 'JWT' })}.${body}.`],
    ['unsigned (alg none) with a signature', `${encoded({ alg: 'none', typ: 'JWT' })}.${body}.${signature}`],
    ['without its signature', `${head}.${body}.`],
    ['that is not a token', 'nonsense'],
    ['that is empty', ''],
  ];
  test.each(refused)('%s is refused', (_what, bad) => {
    expect(verifyToken(bad, keys)).toBeUndefined();
  });

  test('cut off anywhere is refused', () => {
    const whole = issueToken(user, keys);
    for (let length = 0; length < whole.length; length += 1)
      expect(verifyToken(whole.slice(0, length), keys)).toBeUndefined();
  });
});

describe('a key rotation', () => {
  const before = sessionKeys({ JWT_KEY: previousKey });
  const during = sessionKeys({ JWT_KEY: key, JWT_KEY_PREVIOUS: previousKey });

  test('keeps all users signed in', () => {
    expect(verifyToken(issueToken(user, before), during)).toMatchObject(user);
    expect(verifyToken(issueToken(user, during), during)).toMatchObject(user);
  });

  test('no longer signs with the previous key', () => {
    const issued = issueToken(user, during);
    expect(verifyToken(issued, before)).toBeUndefined();
    expect(verifyToken(issued, keys)).toMatchObject(user);
  });

  test('ends sessions of the previous key when that key is removed', () => {
    expect(verifyToken(issueToken(user, before), keys)).toBeUndefined();
  });
});

describe('a session that only auth can sign', () => {
  const [first, second] = [sessionKeyPair(), sessionKeyPair()];
  const JWT_PUBLIC_KEYS = first.JWT_PUBLIC_KEYS + second.JWT_PUBLIC_KEYS;
  const auth = sessionKeys(first);
  const publicOnly = () => sessionKeys({ JWT_PUBLIC_KEYS: first.JWT_PUBLIC_KEYS });

  test('is signed by ES256, names its key, and is accepted by a service that has the public key', () => {
    const issued = issueToken(user, auth);
    expect(verifyToken(issued, publicOnly())).toMatchObject(user);
    const { header } = jwt.decode(issued, { complete: true }) ?? {};
    expect(header).toEqual({ alg: 'ES256', typ: 'JWT', kid: [...auth.publicKeys.keys()][0] });
  });

  test('cannot be issued by a service that has only public keys', () => {
    expect(() => issueToken(user, publicOnly())).toThrow('This service has no key that signs sessions.');
  });

  test('is refused under another kid, and without one', () => {
    const sign = (keyid?: string) =>
      jwt.sign({ sub: user.id, email: user.email, sid: 's', iss: 'ticketing' }, first.JWT_PRIVATE_KEY, {
        algorithm: 'ES256',
        expiresIn: 60,
        ...(keyid !== undefined && { keyid }),
      });
    const verifying = sessionKeys({ JWT_PUBLIC_KEYS });
    const [kid = '', otherKid = ''] = verifying.publicKeys.keys();
    expect(verifyToken(sign(kid), verifying)).toMatchObject(user);
    for (const wrong of [otherKid, 'unknown', '', '__proto__', undefined])
      expect(verifyToken(sign(wrong), verifying)).toBeUndefined();
  });

  test('survives the rotation of its key until the key is removed', () => {
    const older = issueToken(user, auth);
    const both = sessionKeys({ ...second, JWT_PUBLIC_KEYS });
    expect(verifyToken(older, both)).toMatchObject(user);
    const newer = issueToken(user, both);
    expect(verifyToken(newer, sessionKeys({ JWT_PUBLIC_KEYS }))).toMatchObject(user);
    const afterwards = sessionKeys(second);
    expect(verifyToken(newer, afterwards)).toMatchObject(user);
    expect(verifyToken(older, afterwards)).toBeUndefined();
  });

  test('replaces the shared key in three steps that end no session', () => {
    const steps = [
      { auth: { JWT_KEY: key }, others: { JWT_KEY: key } },
      {
        auth: { JWT_KEY: key, JWT_PUBLIC_KEYS: first.JWT_PUBLIC_KEYS },
        others: { JWT_KEY: key, JWT_PUBLIC_KEYS: first.JWT_PUBLIC_KEYS },
      },
      {
        auth: { JWT_KEY: key, ...first },
        others: { JWT_KEY: key, JWT_PUBLIC_KEYS: first.JWT_PUBLIC_KEYS },
      },
      { auth: first, others: { JWT_PUBLIC_KEYS: first.JWT_PUBLIC_KEYS } },
    ];
    for (const [index, step] of steps.slice(0, -1).entries()) {
      const next = steps[index + 1] ?? step;
      // Old and new pods run side by side, except that step 3 waits until the last HS256 session has ended.
      const signers = index === 2 ? [next.auth] : [step.auth, next.auth];
      const readers = [step.auth, step.others, next.auth, next.others];
      for (const signer of signers)
        for (const reader of readers)
          expect(verifyToken(issueToken(user, sessionKeys(signer)), sessionKeys(reader))).toMatchObject(user);
    }
    const [, , before, after] = steps;
    expect(verifyToken(issueToken(user, keys), sessionKeys(before?.others ?? {}))).toMatchObject(user);
    expect(verifyToken(issueToken(user, keys), sessionKeys(after?.others ?? {}))).toBeUndefined();
  });
});

describe('the cache of verified tokens', () => {
  const pair = sessionKeyPair();
  const modes = [
    ['HS256', { JWT_KEY: key }],
    ['ES256', pair],
  ] as const;

  test.each(modes)('answers for a token that was verified, by %s', (_mode, variables) => {
    const own = sessionKeys(variables);
    const issued = issueToken(user, own);
    const verify = jest.spyOn(jwt, 'verify');
    const answers = [1, 2, 3].map(() => verifyToken(issued, own));
    expect(verify).toHaveBeenCalledTimes(1);
    verify.mockRestore();
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[2]).toMatchObject(user);
  });

  test.each(modes)('does not outlive the token, by %s', (_mode, variables) => {
    const own = sessionKeys(variables);
    const issued = issueToken(user, own);
    const expires = ((jwt.decode(issued) as jwt.JwtPayload).exp ?? 0) * 1_000;
    expect(verifyToken(issued, own)).toMatchObject(user);
    expect(verifyToken(issued, own, new Date(expires - 1))).toMatchObject(user);
    expect(verifyToken(issued, own, new Date(expires))).toBeUndefined();
  });

  test('remembers no refusal and only its last 10,000 tokens', () => {
    const own = sessionKeys({ JWT_KEY: key });
    expect(verifyToken(token({ with: otherKey }), own)).toBeUndefined();
    expect(own.verified.size).toBe(0);
    for (let count = 0; count < 10_050; count += 1)
      own.verified.set(`${count}`, { user: { ...user, sid: '', issuedAt: new Date() }, expiresAt: 0 });
    expect(own.verified.size).toBe(10_000);
  });

  test('belongs to its keys: other keys do not accept what these have verified', () => {
    const own = sessionKeys(pair);
    const issued = issueToken(user, own);
    expect(verifyToken(issued, own)).toMatchObject(user);
    expect(verifyToken(issued, sessionKeys(sessionKeyPair()))).toBeUndefined();
  });
});
