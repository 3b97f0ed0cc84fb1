// A forgotten password is replaced by a link in a mail.

import { issueLinkToken } from '@ticketing/common/http';
import { newId } from '@ticketing/common/id';
import { eventually, startForTest, type TestService } from '@ticketing/common/testing';
import { requestReset, resetPassword } from '../domain/password.js';
import { service } from '../service.js';
import type { AuthContext } from '../store.js';
import { aHost, anEmail, codeOf, peopleOf, password } from '../testing/people.js';

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

const newPassword = 'battery staple';
const ask = (email: string, host?: string) => people.post('password-resets', { email }, host ? { host } : {});
const reset = (token: string, to = newPassword) =>
  people.post('password-resets/confirm', { token, password: to });

async function aLink() {
  const ada = await people.signUp();
  await ask(ada.email).expect(202);
  return { ...ada, token: await people.token(ada.id, 'reset-password') };
}

describe('a link that resets the password', () => {
  test('sets a new one, ends every session, and begins none', async () => {
    const { id, email, cookie, token } = await aLink();
    const answer = await reset(token).expect(200);
    expect([answer.body, answer.get('Set-Cookie')]).toEqual([{}, undefined]);
    expect(await people.isSignedIn(cookie)).toBe(false);
    expect(codeOf(await people.signIn(email))).toBe('401 invalid-credentials');
    await people.signIn(email, newPassword).expect(200);
    await eventually(() => {
      expect(auth.eventsOf('user:password-changed', id)).toMatchObject([{ by: 'reset' }]);
      expect(auth.eventsOf('session:revoked', id)).toHaveLength(1);
      // The link proves that its user reads the mails of the address.
      expect(auth.eventsOf('user:updated', id)).toMatchObject([{ email, emailVerified: true }]);
    });
  });

  test('works once: link-invalid', async () => {
    const { token, email } = await aLink();
    await reset(token).expect(200);
    expect(codeOf(await reset(token, 'another password'))).toBe('410 link-invalid');
    await people.signIn(email, newPassword).expect(200);
  });

  test('works once even if it is used several times at one instant', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { token, email } = await aLink();
      const passwords = Array.from({ length: 4 }, (_, index) => `battery staple ${index}`);
      const answers = await Promise.all(passwords.map((to) => reset(token, to)));
      expect(answers.map(codeOf).sort()).toEqual(['200', ...Array(3).fill('410 link-invalid')]);
      const winner = answers.findIndex(({ status }) => status === 200);
      await people.signIn(email, passwords[winner]).expect(200);
    }
  });

  test('would work twice without the guard of the write (the control of the test above)', async () => {
    const { id } = await aLink();
    const user = await auth.ctx.users.get(id);
    const [link] = people.linksOf(id, 'reset-password');
    const decisions = ['y', 'z'].map((hash) => resetPassword(user, link?.id ?? '', hash, auth.ctx.now()));
    expect(decisions.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
  });

  test('expires after 30 minutes', async () => {
    const { token } = await aLink();
    later(30 * 60);
    expect(codeOf(await reset(token))).toBe('410 link-invalid');
  });

  test('stays valid while further mails are asked for, and all end with the first that is used', async () => {
    const { id, email, token } = await aLink();
    await ask(email).expect(202);
    const second = await people.token(id, 'reset-password', 2);
    await reset(token).expect(200);
    expect(codeOf(await reset(second))).toBe('410 link-invalid');
  });

  test('ends when the owner changes the password', async () => {
    const { cookie, token } = await aLink();
    await people.post('password', { password, newPassword }, { cookie }).expect(200);
    expect(codeOf(await reset(token))).toBe('410 link-invalid');
  });

  test('that is foreign, forged or malformed has the answer of a used one', async () => {
    const { id, token, email } = await aLink();
    const key = auth.env['ACCOUNT_LINK_KEY'] ?? '';
    const [link] = people.linksOf(id, 'reset-password');
    const linkId = link?.id ?? '';
    const forged = [
      issueLinkToken(key, { id: linkId, purpose: 'verify-email' }),
      issueLinkToken('k'.repeat(32), { id: linkId, purpose: 'reset-password' }),
      issueLinkToken(key, { id: `${newId()}-x`, purpose: 'reset-password' }),
      issueLinkToken(key, { id: `${id}-x`, purpose: 'reset-password' }),
      issueLinkToken(key, { id: 'x', purpose: 'reset-password' }),
      token.slice(0, -1),
      'x',
      '$ne',
    ];
    const bodies = [];
    for (const each of forged) bodies.push((await reset(each).expect(410)).body);
    expect(bodies).toEqual(Array(forged.length).fill(bodies[0]));
    await people.signIn(email).expect(200);
  });

  test('applies the sign-up rule to the new password, and can be used again after a refusal', async () => {
    const { token, email } = await aLink();
    for (const refused of ['short', 'aaaaaaaa', 'password1', email, 'x'.repeat(129)]) {
      const answer = await reset(token, refused).expect(400);
      expect(answer.body.errors).toMatchObject([{ code: 'invalid-input', field: 'password' }]);
    }
    await reset(token).expect(200);
  });

  test('leaves a blocked account blocked, and no new link is sent', async () => {
    const { id, email, token } = await aLink();
    await auth.operate('block-account', id);
    await ask(email).expect(202);
    expect(codeOf(await reset(token))).toBe('403 account-blocked');
    expect(codeOf(await people.signIn(email))).toBe('403 account-blocked');
    expect(people.linksOf(id, 'reset-password')).toHaveLength(1);
  });

  test('lets the owner sign in at once, even while strangers fail at the account', async () => {
    const { email, token } = await aLink();
    for (let failure = 0; failure < 11; failure += 1) await people.signIn(email, 'wrong horse');
    const host = aHost();
    await people.post('password-resets/confirm', { token, password: newPassword }, { host }).expect(200);
    await people.signIn(email, newPassword, host).expect(200);
    expect(codeOf(await people.signIn(email, newPassword))).toBe('429 too-many-attempts');
  });
});

describe('asking for a reset', () => {
  test('has one answer for known, unknown and blocked addresses', async () => {
    const [ada, eve] = [await people.signUp(), await people.signUp()];
    await auth.operate('block-account', eve.id);
    const answers = [];
    for (const email of [ada.email, eve.email, anEmail()]) {
      const { status, body, headers } = await ask(email);
      answers.push({ status, body, names: Object.keys(headers).sort() });
    }
    expect(answers).toEqual(Array(3).fill({ ...answers[0], status: 202, body: {} }));
  });

  test('fills no inbox: after three mails a minute must pass, then longer, and the answer stays the same', async () => {
    const { id, email } = await people.signUp();
    const mails = async () => {
      for (let count = 0; count < 5; count += 1) await ask(email).expect(202);
      const user = await auth.ctx.users.get(id);
      return 'links' in user ? user.links?.filter(({ purpose }) => purpose === 'reset-password').length : 0;
    };
    // The first mail to this address was that of the sign-up.
    expect(await mails()).toBe(2);
    later(60);
    expect(await mails()).toBe(3);
    later(60);
    expect(await mails()).toBe(3);
    later(540);
    expect(await mails()).toBe(4);
  });

  test('of strangers keeps no owner from asking at a known network', async () => {
    const { id, email, host } = await people.signUp();
    for (let count = 0; count < 5; count += 1) await ask(email).expect(202);
    await people.token(id, 'reset-password', 2);
    await ask(email, host).expect(202);
    await people.token(id, 'reset-password', 3);
  });

  test('for many addresses from one network must wait: too-many-mails', async () => {
    const host = aHost();
    await Promise.all(Array.from({ length: 50 }, () => ask(anEmail(), host).expect(202)));
    const refused = await ask(anEmail(), host).expect(429);
    expect(codeOf(refused)).toBe('429 too-many-mails');
    expect(Number(refused.headers['retry-after'])).toBe(10);
    await ask(anEmail()).expect(202);
  });

  test('publishes neither the token nor its key', async () => {
    const { id, token } = await aLink();
    const stored = JSON.stringify(await auth.ctx.users.model.findById(id).lean());
    const published = JSON.stringify(auth.events);
    const [, signature = ''] = token.split('.');
    for (const text of [stored, published]) expect(text).not.toContain(signature);
  });

  test('refuses what is no address', async () => {
    for (const email of ['ada', { $gt: '' }, ['ada@example.com'], null])
      expect(codeOf(await people.post('password-resets', { email }))).toBe('400 invalid-input');
  });

  test('does nothing for an account that is deleted at the same moment', async () => {
    const ada = await people.signUp();
    const cause = { by: 'test', why: 'test', traceparent: '' };
    await auth.request.delete('/api/users').set('Cookie', ada.cookie).send({ password }).expect(204);
    const decision = await auth.ctx.users.change(
      ada.id,
      (user) => requestReset(user, 'l', new Date()),
      cause,
    );
    expect(decision.outcome).toBe('already');
  });
});
