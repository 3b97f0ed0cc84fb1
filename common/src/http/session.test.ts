import { createSecretKey } from 'node:crypto';
import jwt, { type SignOptions } from 'jsonwebtoken';
import { issueToken, sessionKeys, verifyToken } from './session.js';

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
    const session = { sid: 'mine', issuedAt: new Date('2099-11-23T09:00:00.700Z') };
    const began = { ...session, issuedAt: new Date('2099-11-23T09:00:00Z') };
    expect(verifyToken(issueToken({ ...user, ...session }, keys), keys)).toEqual({ ...user, ...began });
  });

  test('made by hand is accepted if it is correct (the control of the tests below)', () => {
    expect(verifyToken(token(), keys)).toMatchObject(user);
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
