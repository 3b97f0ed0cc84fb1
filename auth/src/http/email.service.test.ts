// The address of an account is verified, and changes when both addresses confirm it.

import { eventually, startForTest, type TestService } from '@ticketing/common/testing';
import { service } from '../service.js';
import type { AuthContext } from '../store.js';
import { aHost, anEmail, codeOf, cookieOf, peopleOf, password } from '../testing/people.js';

let auth: TestService<AuthContext>;
let people: ReturnType<typeof peopleOf>;
let clock = Date.now();
const later = (seconds: number) => (clock += seconds * 1_000);

beforeAll(async () => {
  const env = { TRUST_PROXY: '1', REQUEST_TIMEOUT_MS: '30000' };
  auth = await startForTest(service, env, { now: () => new Date(clock) });
  people = peopleOf(auth);
});
afterAll(() => auth.stop());

const verify = (token: string) => people.post('email-verifications/confirm', { token });
const confirm = (token: string) => people.post('email-changes/confirm', { token });
const profileOf = async (cookie: string) =>
  (await auth.request.get('/api/users/profile').set('Cookie', cookie).expect(200)).body;

describe('the address of a new account', () => {
  test('is verified by the link of the sign-up, once', async () => {
    const ada = await people.signUp();
    expect(await profileOf(ada.cookie)).toEqual({ email: ada.email, emailVerified: false });
    const token = await people.token(ada.id, 'verify-email');
    expect(auth.eventsOf('user:created', ada.id)).toEqual([
      { id: ada.id, version: 0, email: ada.email, emailVerified: false },
    ]);
    expect((await verify(token).expect(200)).body).toEqual({});
    expect(await profileOf(ada.cookie)).toMatchObject({ emailVerified: true });
    await eventually(() =>
      expect(auth.eventsOf('user:updated', ada.id)).toEqual([
        { id: ada.id, version: 1, email: ada.email, emailVerified: true },
      ]),
    );
    expect(codeOf(await verify(token))).toBe('410 link-invalid');
  });

  test('gets another link on request, within limits, and none once it is verified', async () => {
    const ada = await people.signUp();
    const again = () => people.post('email-verifications', {}, { cookie: ada.cookie });
    expect(codeOf(await people.post('email-verifications'))).toBe('401 not-signed-in');
    for (const count of [2, 3]) {
      await again().expect(202);
      await people.token(ada.id, 'verify-email', count);
    }
    const refused = await again().expect(429);
    expect([codeOf(refused), refused.headers['retry-after']]).toEqual(['429 too-many-mails', '60']);
    await verify(await people.token(ada.id, 'verify-email', 3)).expect(200);
    later(60);
    await again().expect(202);
    expect(await auth.ctx.users.get(ada.id)).toMatchObject({ links: [] });
  });

  test('expires after a day without a link', async () => {
    const ada = await people.signUp();
    const token = await people.token(ada.id, 'verify-email');
    later(24 * 3_600);
    expect(codeOf(await verify(token))).toBe('410 link-invalid');
  });

  test('gets three mails at most, however often somebody makes and deletes the account', async () => {
    const email = anEmail();
    const links = [];
    for (let round = 0; round < 5; round += 1) {
      const ada = await people.signUp(email);
      const user = await auth.ctx.users.get(ada.id);
      links.push('links' in user ? user.links?.length : undefined);
      await auth.request.delete('/api/users').set('Cookie', ada.cookie).send({ password }).expect(204);
    }
    expect(links).toEqual([1, 1, 1, 0, 0]);
  });
});

describe('many sign-ups from one network', () => {
  test('succeed, and beyond a hundred at once they send no mail: the owner can ask for it', async () => {
    const address = aHost();
    for (let count = 0; count < 100; count += 1)
      expect(await auth.ctx.mailLimits.maySendAtSignUp({ to: anEmail(), address })).toBe(true);
    const ada = await people.signUp(anEmail(), address);
    expect(await auth.ctx.users.get(ada.id)).toMatchObject({ links: [] });
    await people.post('email-verifications', {}, { cookie: ada.cookie }).expect(202);
    await people.token(ada.id, 'verify-email');
  });
});

describe('with REQUIRE_VERIFIED_EMAIL', () => {
  let strict: TestService<AuthContext>;
  beforeAll(async () => {
    strict = await startForTest(service, { REQUIRE_VERIFIED_EMAIL: 'true', TRUST_PROXY: '1' });
  });
  afterAll(() => strict.stop());

  test('no session begins before the address is verified, and a sign-in sends the link again', async () => {
    const { signIn, post, token } = peopleOf(strict);
    const email = anEmail();
    const signedUp = await post('signup', { email, password }).expect(201);
    expect(signedUp.get('Set-Cookie')).toBeUndefined();
    const id = String(signedUp.body.id);

    const refused = await signIn(email);
    expect([codeOf(refused), refused.get('Set-Cookie')]).toEqual(['403 email-not-verified', undefined]);
    expect(codeOf(await signIn(email, 'wrong horse'))).toBe('401 invalid-credentials');

    await post('email-verifications/confirm', { token: await token(id, 'verify-email', 2) }).expect(200);
    await signIn(email).expect(200);
  });

  test('an account of the previous release gets its first link by a sign-in', async () => {
    const { signIn, post, token } = peopleOf(strict);
    const email = anEmail();
    const { body } = await post('signup', { email, password }).expect(201);
    await strict.ctx.users.model.collection.updateOne(
      { _id: body.id },
      { $unset: { links: '' }, $inc: { version: 1 } },
    );
    expect(codeOf(await signIn(email))).toBe('403 email-not-verified');
    await post('email-verifications/confirm', { token: await token(body.id, 'verify-email', 2) }).expect(200);
    await signIn(email).expect(200);
  });
});

describe('a change of address', () => {
  async function aChange(newEmail = anEmail()) {
    const ada = await people.signUp();
    const ask = () => people.post('email-changes', { email: newEmail, password }, { cookie: ada.cookie });
    expect((await ask().expect(202)).body).toEqual({});
    const tokens = {
      old: await people.token(ada.id, 'confirm-old-email'),
      new: await people.token(ada.id, 'confirm-new-email'),
    };
    return { ...ada, newEmail, tokens, ask };
  }

  test.each([
    ['old', 'new'],
    ['new', 'old'],
  ] as const)('is confirmed at the %s and then at the %s address', async (first, second) => {
    const { id, email, newEmail, cookie, tokens } = await aChange();
    expect((await confirm(tokens[first]).expect(200)).body).toEqual({ status: 'waiting-for-other-address' });
    expect(codeOf(await confirm(tokens[first]))).toBe('410 link-invalid');
    await people.signIn(email).expect(200);

    expect((await confirm(tokens[second]).expect(200)).body).toEqual({ status: 'changed' });
    // Tokens of sessions name the old address.
    expect(await people.isSignedIn(cookie)).toBe(false);
    expect(codeOf(await people.signIn(email))).toBe('401 invalid-credentials');
    const session = await people.signIn(newEmail).expect(200);
    expect(session.body).toEqual({ id, email: newEmail });
    expect(await profileOf(cookieOf(session))).toEqual({ email: newEmail, emailVerified: true });
    await eventually(() =>
      expect(auth.eventsOf('user:updated', id)).toMatchObject([{ email: newEmail, emailVerified: true }]),
    );
    await people.signUp(email);
  });

  test('sends each link to its own address, and both mails name the new one', async () => {
    const { id, email, newEmail } = await aChange();
    expect(people.linksOf(id, 'confirm-old-email')).toMatchObject([{ email, newEmail }]);
    expect(people.linksOf(id, 'confirm-new-email')).toMatchObject([{ email: newEmail, newEmail }]);
  });

  test('needs the password, and an address other than the present one', async () => {
    const ada = await people.signUp();
    const ask = (body: object) => people.post('email-changes', body, { cookie: ada.cookie });
    expect(codeOf(await ask({ email: anEmail(), password: 'wrong horse' }))).toBe('403 wrong-password');
    const same = await ask({ email: ` ${ada.email.toUpperCase()}`, password }).expect(400);
    expect(same.body.errors).toEqual([
      { code: 'invalid-input', field: 'email', message: 'The email is the address of this account already.' },
    ]);
    expect(codeOf(await people.post('email-changes', { email: anEmail(), password }))).toBe(
      '401 not-signed-in',
    );
  });

  test('to the address of another account is answered like any other, and the index refuses it at the end', async () => {
    const eve = await people.signUp();
    const { email, tokens } = await aChange(eve.email);
    await confirm(tokens.old).expect(200);
    expect(codeOf(await confirm(tokens.new))).toBe('409 email-in-use');
    await people.signIn(email).expect(200);
    await people.signIn(eve.email).expect(200);
  });

  test('of two accounts to one address at one instant: one wins', async () => {
    const newEmail = anEmail();
    const changes = [await aChange(newEmail), await aChange(newEmail)];
    for (const { tokens } of changes) await confirm(tokens.old).expect(200);
    const answers = await Promise.all(changes.map(({ tokens }) => confirm(tokens.new)));
    expect(answers.map(codeOf).sort()).toEqual(['200', '409 email-in-use']);
    expect(await auth.ctx.users.model.countDocuments({ email: newEmail } as never)).toBe(1);
  });

  test('is replaced by a later one, and ended by a new password', async () => {
    const { id, cookie, tokens, ask } = await aChange();
    await ask().expect(202);
    expect(codeOf(await confirm(tokens.old))).toBe('410 link-invalid');
    const second = await people.token(id, 'confirm-new-email', 2);
    await people.post('password', { password, newPassword: 'battery staple' }, { cookie }).expect(200);
    expect(codeOf(await confirm(second))).toBe('410 link-invalid');
  });

  test('fills no inbox of others: too-many-mails', async () => {
    const victim = anEmail();
    for (let count = 0; count < 3; count += 1) await aChange(victim);
    const eve = await people.signUp();
    const refused = await people.post('email-changes', { email: victim, password }, { cookie: eve.cookie });
    expect(codeOf(refused)).toBe('429 too-many-mails');
    const many = [];
    for (let count = 0; count < 6; count += 1)
      many.push(
        codeOf(await people.post('email-changes', { email: anEmail(), password }, { cookie: eve.cookie })),
      );
    expect(many.at(-1)).toBe('429 too-many-mails');
  });
});

describe('a sign-in', () => {
  test('from a network that is new to the account is announced, once', async () => {
    const ada = await people.signUp();
    await people.signIn(ada.email, password, ada.host).expect(200);
    const other = aHost();
    for (let count = 0; count < 2; count += 1) await people.signIn(ada.email, password, other).expect(200);
    await people.signIn(ada.email, 'wrong horse').expect(401);
    await eventually(() =>
      expect(auth.eventsOf('user:signed-in', ada.id)).toEqual([
        { id: ada.id, version: expect.any(Number), at: expect.any(String), device: expect.any(String) },
      ]),
    );
  });
});
