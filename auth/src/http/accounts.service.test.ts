import { verifyToken } from '@ticketing/common/http';
import { eventually, startForTest, type TestService } from '@ticketing/common/testing';
import type { AuthContext } from '../store.js';
import { service } from '../service.js';

let auth: TestService<AuthContext>;
const password = 'correct horse';
let count = 0;
const anEmail = () => `ada-${(count += 1)}@example.com`;

beforeAll(async () => {
  auth = await startForTest(service);
});
afterAll(() => auth.stop());

const ask = (what: string, body: object) => auth.request.post(`/api/users/${what}`).send(body);
const codes = (answer: { body: { errors: { code: string }[] } }) =>
  answer.body.errors.map(({ code }) => code);

async function anAccount(email = anEmail()) {
  const { body } = await ask('signup', { email, password }).expect(201);
  return body as { id: string; email: string };
}

/** Sends ten simultaneous sign-ups with one address. Returns the statuses and the number of accounts. */
async function tenAtOnce(email = anEmail()) {
  const answers = await Promise.all(Array.from({ length: 10 }, () => ask('signup', { email, password })));
  const accounts = await auth.ctx.users.model.countDocuments({ email } as never);
  return { statuses: answers.map(({ status }) => status).sort((a, b) => a - b), accounts };
}

describe('signing up', () => {
  test('creates an account and signs the browser in', async () => {
    const email = anEmail();
    const answer = await ask('signup', { email, password }).expect(201);
    expect(answer.body).toEqual({ id: expect.stringMatching(/^[0-9a-f]{24}$/), email });
    const { body } = await auth.request
      .get('/api/users/currentuser')
      .set('Cookie', String(answer.headers['set-cookie']))
      .expect(200);
    expect(body).toEqual({ currentUser: answer.body });
  });

  test('stores the password only as a hash', async () => {
    const { id } = await anAccount();
    const stored = await auth.ctx.users.model.findById(id).lean();
    expect(stored).toMatchObject({ passwordHash: expect.stringMatching(/^\$argon2id\$/) });
    expect(JSON.stringify(stored)).not.toContain(password);
  });

  test('refuses an address that differs only in case and spaces: email-in-use', async () => {
    const { email } = await anAccount();
    const answer = await ask('signup', { email: `  ${email.toUpperCase()} `, password }).expect(409);
    expect(codes(answer)).toEqual(['email-in-use']);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  test('creates one account for ten simultaneous sign-ups with one address', async () => {
    for (let round = 0; round < 3; round += 1) {
      expect(await tenAtOnce()).toEqual({ statuses: [201, ...Array(9).fill(409)], accounts: 1 });
    }
  });

  test.each(['jürgen.müller', 'zoë', '用户', 'пользователь', 'उपयोगकर्ता'])(
    'accepts letters beyond ASCII, however they are composed: %s',
    async (name) => {
      const address = anEmail().replace('@', `.${name}@bücher.`);
      const { body } = await ask('signup', { email: address.normalize('NFD'), password }).expect(201);
      expect(body.email).toBe(address.normalize('NFC'));
      await ask('signin', { email: address.normalize('NFC').toUpperCase(), password }).expect(200);
    },
  );

  const at = '@example.com';
  const bad: [what: string, body: object, field: string][] = [
    ['no e-mail', { password }, 'email'],
    ['an e-mail without a domain', { email: 'ada', password }, 'email'],
    ['an e-mail of 255 characters', { email: 'a'.repeat(255 - at.length) + at, password }, 'email'],
    ['an e-mail with an invisible letter', { email: `a\u200Bda${at}`, password }, 'email'],
    ['an e-mail that reorders text', { email: `\u202Eada${at}`, password }, 'email'],
    ['an e-mail that mixes alphabets', { email: `\u0430da${at}`, password }, 'email'],
    ['an e-mail with wide letters', { email: `\uFF41da${at}`, password }, 'email'],
    ['an e-mail with an emoji', { email: `🎫${at}`, password }, 'email'],
    ['an e-mail of 10,000 characters', { email: 'a'.repeat(10_000) + at, password }, 'email'],
    ['an operator object as e-mail', { email: { $gt: '' }, password }, 'email'],
    ['a list as e-mail', { email: ['ada@example.com'], password }, 'email'],
    ['no password', { email: 'ada@example.com' }, 'password'],
    ['a password of 7 characters', { email: 'ada@example.com', password: 'x'.repeat(7) }, 'password'],
    ['a password of 129 characters', { email: 'ada@example.com', password: 'x'.repeat(129) }, 'password'],
    ['one repeated character as password', { email: 'ada@example.com', password: 'a'.repeat(8) }, 'password'],
    ['the own address as password', { email: 'ada@example.com', password: 'Ada@Example.com' }, 'password'],
    ['a number as password', { email: 'ada@example.com', password: 12_345_678 }, 'password'],
    ['an operator object as password', { email: 'ada@example.com', password: { $ne: null } }, 'password'],
  ];
  test.each(bad)('refuses %s and names the field', async (_what, body, field) => {
    const answer = await ask('signup', body).expect(400);
    expect(answer.body.errors).toEqual([{ code: 'invalid-input', field, message: expect.any(String) }]);
  });

  test('keeps a password as received: another composition of its letters is another password', async () => {
    const email = anEmail();
    const typed = 'Geheimnis mit \u00dcberraschung';
    await ask('signup', { email, password: typed.normalize('NFD') }).expect(201);
    await ask('signin', { email, password: typed.normalize('NFC') }).expect(401);
    await ask('signin', { email, password: typed.normalize('NFD') }).expect(200);
  });

  test.each([8, 128])('accepts a password of %d characters', async (length) => {
    const email = anEmail();
    const long = 'ab'.repeat(length / 2);
    await ask('signup', { email, password: long }).expect(201);
    await ask('signin', { email, password: long }).expect(200);
  });
});

describe('signing in', () => {
  test('with the right password begins a session of that user', async () => {
    const account = await anAccount();
    const answer = await ask('signin', { email: ` ${account.email.toUpperCase()}`, password }).expect(200);
    expect(answer.body).toEqual(account);
    const cookie = /session=([^;]+)/.exec(String(answer.headers['set-cookie']))?.[1] ?? '';
    const { jwt } = JSON.parse(Buffer.from(cookie, 'base64').toString()) as { jwt: string };
    expect(verifyToken(jwt, auth.ctx.keys)).toMatchObject(account);
    const { body } = await auth.request
      .get('/api/users/currentuser')
      .set('Authorization', `Bearer ${jwt}`)
      .expect(200);
    expect(body).toEqual({ currentUser: account });
  });

  test('gives the same answer for a wrong password and an unknown address: invalid-credentials', async () => {
    const { email } = await anAccount();
    const wrong = await ask('signin', { email, password: 'wrong horse' }).expect(401);
    const unknown = await ask('signin', { email: anEmail(), password }).expect(401);
    expect(codes(wrong)).toEqual(['invalid-credentials']);
    expect(unknown.body).toEqual(wrong.body);
    expect(unknown.headers['set-cookie']).toBeUndefined();
  });

  test.each([
    ['an operator object as e-mail', { email: { $gt: '' }, password }],
    ['an operator object as password', { email: 'ada@example.com', password: { $ne: '' } }],
    ['no password', { email: 'ada@example.com' }],
    ['a password of 129 characters', { email: 'ada@example.com', password: 'x'.repeat(129) }],
  ])('refuses %s', async (_what, body) => {
    expect(codes(await ask('signin', body).expect(400))).toEqual(['invalid-input']);
  });
});

describe('a malformed request with', () => {
  const signUp = () => auth.request.post('/api/users/signup');
  const json = 'application/json';
  const body = JSON.stringify({ email: 'ada@example.com', password });
  const table: [what: string, send: () => ReturnType<typeof signUp>, status: number, code: string][] = [
    ['broken JSON', () => signUp().type(json).send('{"email":'), 400, 'invalid-json'],
    ['no body', () => signUp(), 400, 'invalid-input'],
    [
      'a form',
      () => signUp().type('form').send('email=a@b.cd&password=12345678'),
      415,
      'unsupported-media-type',
    ],
    ['text', () => signUp().type('text/plain').send(body), 415, 'unsupported-media-type'],
    ['110 kB', () => signUp().send({ email: 'x'.repeat(110_000), password }), 413, 'body-too-large'],
    [
      'an unknown query parameter',
      () => signUp().query({ admin: 1 }).type(json).send(body),
      400,
      'invalid-input',
    ],
    ['an unknown route', () => auth.request.post('/api/users/nobody'), 404, 'not-found'],
    [
      'another origin',
      () => signUp().set('Origin', 'https://evil.example').type(json).send(body),
      403,
      'cross-origin',
    ],
    [
      'another site',
      () => signUp().set('Sec-Fetch-Site', 'cross-site').type(json).send(body),
      403,
      'cross-origin',
    ],
  ];
  test.each(table)('%s is refused', async (_what, send, status, code) => {
    const answer = await send();
    expect([answer.status, codes(answer)[0]]).toEqual([status, code]);
  });
});

describe('without the unique index', () => {
  test('simultaneous sign-ups create more than one account (the control of the test above)', async () => {
    await auth.ctx.users.model.collection.dropIndex('one-account');
    await eventually(async () => expect((await tenAtOnce()).accounts).toBeGreaterThan(1), 30_000);
  });
});
