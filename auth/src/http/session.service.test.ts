import { createHmac } from 'node:crypto';
import { issueToken, sessionKeys } from '@ticketing/common/http';
import { newId } from '@ticketing/common/id';
import { aUser, startForTest, type TestService } from '@ticketing/common/testing';
import type { AuthContext } from '../store.js';
import { service } from '../service.js';

let auth: TestService<AuthContext>;
const previousKey = 'the key that signed before '.repeat(2);
const ada = aUser({ email: 'ada@example.com' });

beforeAll(async () => {
  auth = await startForTest(service, { JWT_KEY_PREVIOUS: previousKey });
});
afterAll(() => auth.stop());

const base64 = (text: string) => Buffer.from(text).toString('base64');
const cookieOf = (jwt: unknown) => `session=${base64(JSON.stringify({ jwt }))}`;
const whoIs = (headers: Record<string, string>) => auth.request.get('/api/users/currentuser').set(headers);

describe('a session', () => {
  test('is read from the cookie, and from a bearer token', async () => {
    const currentUser = { id: ada.id, email: ada.email };
    expect((await whoIs({ Cookie: ada.cookie }).expect(200)).body).toEqual({ currentUser });
    expect((await whoIs({ Authorization: `Bearer ${ada.token}` }).expect(200)).body).toEqual({ currentUser });
  });

  test('signed by the previous key is still good', async () => {
    const token = issueToken(ada, sessionKeys({ JWT_KEY: previousKey }));
    const { body } = await whoIs({ Cookie: cookieOf(token) }).expect(200);
    expect(body.currentUser.id).toBe(ada.id);
  });

  test('is not needed to ask who is signed in: null', async () => {
    expect((await whoIs({}).expect(200)).body).toEqual({ currentUser: null });
  });

  test('ends for this browser at sign-out, which may be repeated', async () => {
    for (const headers of [{ Cookie: ada.cookie }, {}]) {
      const answer = await auth.request.post('/api/users/signout').set(headers).expect(200);
      expect(answer.body).toEqual({});
      const [cookie] = answer.get('Set-Cookie') ?? [];
      expect(cookie).toMatch(/^session=; path=\/; expires=Thu, 01 Jan 1970 .*httponly/i);
    }
  });
});

// A token made by hand, as somebody would who does not use our library.
function token(claims: object, { key = '', alg = 'HS256' } = {}) {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const seconds = Math.floor(Date.now() / 1_000);
  const common = {
    sub: ada.id,
    email: ada.email,
    sid: 'x',
    iss: 'ticketing',
    iat: seconds,
    exp: seconds + 60,
  };
  const signed = `${part({ alg, typ: 'JWT' })}.${part({ ...common, ...claims })}`;
  const digest = alg === 'HS512' ? 'sha512' : 'sha256';
  const signature = alg === 'none' ? '' : createHmac(digest, key).update(signed).digest('base64url');
  return `${signed}.${signature}`;
}

describe('a token', () => {
  const key = () => ({ key: auth.env['JWT_KEY'] ?? '' });
  const past = Math.floor(Date.now() / 1_000) - 10;

  test('made by hand with our key is one of ours (this keeps the tests below honest)', async () => {
    expect((await whoIs({ Cookie: cookieOf(token({}, key())) })).body.currentUser.id).toBe(ada.id);
  });

  const bad: [what: string, make: () => string][] = [
    ['signed by another key', () => token({}, { key: 'another key'.repeat(4) })],
    ['that has expired', () => token({ exp: past }, key())],
    ['without an end', () => token({ exp: undefined }, key())],
    ['of another issuer', () => token({ iss: 'somebody' }, key())],
    ['without an issuer', () => token({ iss: undefined }, key())],
    ['without a signature, alg none', () => token({}, { alg: 'none' })],
    ['of another algorithm', () => token({}, { ...key(), alg: 'HS512' })],
    ['that names no id', () => token({ sub: { $gt: '' } }, key())],
    ['cut short', () => token({}, key()).slice(0, -5)],
    ['changed in the middle', () => token({}, key()).replace('.', `.${base64('x')}`)],
    ['that is none', () => 'nonsense'],
  ];
  test.each(bad)('%s says nothing: null', async (_what, make) => {
    const expected = { currentUser: null };
    expect((await whoIs({ Cookie: cookieOf(make()) }).expect(200)).body).toEqual(expected);
    expect((await whoIs({ Authorization: `Bearer ${make()}` }).expect(200)).body).toEqual(expected);
  });
});

describe('a session cookie full of garbage', () => {
  const garbage = [
    '',
    '%',
    '%00',
    'null',
    ...[
      'null',
      '7',
      '"text"',
      '[]',
      '[1]',
      'true',
      '{',
      '{}',
      '\u0000',
      '{"jwt":null}',
      '{"jwt":{"a":1}}',
    ].map(base64),
    ...['{"__proto__":{"jwt":"x"}}', '{"toJSON":1}', '{"isChanged":true}', '{"_ctx":7}', '{"maxAge":1}'].map(
      base64,
    ),
    'A'.repeat(8_000),
  ];
  test.each(garbage)('is no session and no fault: %j', async (value) => {
    const headers = { Cookie: `session=${value}` };
    expect((await whoIs(headers).expect(200)).body).toEqual({ currentUser: null });
    await auth.request.post('/api/users/signout').set(headers).expect(200);
    const body = { email: `${newId()}@example.com`, password: 'correct horse' };
    const answer = await auth.request.post('/api/users/signup').set(headers).send(body).expect(201);
    expect(answer.headers['set-cookie']).toHaveLength(1);
  });
});

describe('the cookie of a session', () => {
  type Case = [COOKIE_SECURE: 'auto' | 'true' | 'false', TRUST_PROXY: string, proto: string, secure: boolean];
  const table: Case[] = [
    ['auto', '0', 'http', false],
    ['auto', '1', 'http', false],
    ['auto', '1', 'https', true],
    ['auto', '0', 'https', false], // nobody in front is trusted, so nobody is believed
    ['true', '0', 'http', true],
    ['true', '1', 'https', true],
    ['false', '1', 'https', false],
  ];
  test.each(table)(
    'COOKIE_SECURE=%s, TRUST_PROXY=%s, by %s: Secure is %s',
    async (COOKIE_SECURE, TRUST_PROXY, proto, secure) => {
      const own = await startForTest(service, { COOKIE_SECURE, TRUST_PROXY });
      try {
        const answer = await own.request
          .post('/api/users/signup')
          .set('X-Forwarded-Proto', proto)
          .send({ email: 'ada@example.com', password: 'correct horse' })
          .expect(201);
        const [cookie = ''] = answer.get('Set-Cookie') ?? [];
        const [pair, ...attributes] = cookie.toLowerCase().split('; ');
        expect(pair).toMatch(/^session=./);
        const expected = ['httponly', 'path=/', 'samesite=lax', ...(secure ? ['secure'] : [])];
        expect(attributes.sort()).toEqual(expected.sort());
      } finally {
        await own.stop();
      }
    },
  );
});
