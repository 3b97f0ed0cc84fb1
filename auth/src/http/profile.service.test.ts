import { eventually, startForTest, type TestService } from '@ticketing/common/testing';
import { service } from '../service.js';
import type { AuthContext } from '../store.js';
import { anEmail, peopleOf, password } from '../testing/people.js';

let auth: TestService<AuthContext>;
let people: ReturnType<typeof peopleOf>;
beforeAll(async () => {
  auth = await startForTest(service, { TRUST_PROXY: '1' });
  people = peopleOf(auth);
});
afterAll(() => auth.stop());

const show = (cookie: string, path = 'profile') =>
  auth.request.get(`/api/users/${path}`).set('Cookie', cookie);
const put = (cookie: string, body: object) =>
  auth.request.put('/api/users/profile').set('Cookie', cookie).send(body);
const profile = { name: 'Ada Lovelace', locale: 'de', timeZone: 'Europe/Berlin' };

describe('the profile', () => {
  test('is replaced as a whole, shown to its owner and published', async () => {
    const ada = await people.signUp();
    const view = { email: ada.email, emailVerified: false };
    const answer = await put(ada.cookie, { ...profile, name: '  Ada Lovelace ' }).expect(200);
    expect(answer.body).toEqual({ ...view, ...profile });
    expect((await show(ada.cookie).expect(200)).body).toEqual({ ...view, ...profile });
    expect((await put(ada.cookie, { locale: 'en' }).expect(200)).body).toEqual({ ...view, locale: 'en' });
    await put(ada.cookie, { locale: 'en' }).expect(200);
    await eventually(() =>
      expect(auth.eventsOf('user:updated', ada.id)).toEqual([
        { id: ada.id, version: 1, ...view, ...profile },
        { id: ada.id, version: 2, ...view, locale: 'en' },
      ]),
    );
  });

  test('needs a session', async () => {
    await show('').expect(401);
    await put('', profile).expect(401);
  });

  const bad: [what: string, body: object, field: string][] = [
    ['an empty name', { name: ' ' }, 'name'],
    ['a name of 61 characters', { name: 'x'.repeat(61) }, 'name'],
    ['a line break in the name', { name: 'Ada\r\nBcc: eve@example.com' }, 'name'],
    ['a name that reorders text', { name: 'Ada\u202Ecod' }, 'name'],
    ['a name of invisible characters', { name: '\u200B' }, 'name'],
    ['a name that is no text', { name: { $gt: '' } }, 'name'],
    ['an unknown language', { locale: 'fr' }, 'locale'],
    ['an unknown time zone', { timeZone: 'Europe/Atlantis' }, 'timeZone'],
    ['an abbreviation as time zone', { timeZone: 'BST' }, 'timeZone'],
    ['an offset as time zone', { timeZone: '+01:00' }, 'timeZone'],
    ['a long time zone', { timeZone: 'x'.repeat(101) }, 'timeZone'],
    ['an address', { email: 'eve@example.com' }, 'email'],
    ['a verification', { emailVerified: true }, 'emailVerified'],
  ];
  test.each(bad)('refuses %s and names the field', async (_what, body, field) => {
    const ada = await people.signUp();
    const answer = await put(ada.cookie, body).expect(400);
    expect(answer.body.errors).toEqual([
      { code: 'invalid-input', field, message: expect.stringMatching(/^The .*\.$/) },
    ]);
    expect((await show(ada.cookie)).body).toEqual({ email: ada.email, emailVerified: false });
  });

  test.each(['x'.repeat(60), 'Zoë 🎫', 'محمد', "O'Brien-Smith Jr."])('accepts the name %s', async (name) => {
    const ada = await people.signUp();
    expect((await put(ada.cookie, { name }).expect(200)).body.name).toBe(name);
  });

  test('is part of the export, with open links and what is known of recovery, without secrets', async () => {
    const ada = await people.signUp();
    await put(ada.cookie, profile).expect(200);
    const newEmail = anEmail();
    await people.post('email-changes', { email: newEmail, password }, { cookie: ada.cookie }).expect(202);
    const { body } = await show(ada.cookie, 'export').expect(200);
    expect(body).toMatchObject({
      profile: { email: ada.email, emailVerified: false, ...profile },
      links: [
        { purpose: 'verify-email', email: ada.email },
        { purpose: 'confirm-old-email', email: ada.email, newEmail },
        { purpose: 'confirm-new-email', email: newEmail, newEmail },
      ],
    });
    for (const link of body.links) expect(Object.keys(link)).not.toContain('id');
  });

  test('is deleted with the account, and so are its links and addresses', async () => {
    const ada = await people.signUp();
    await put(ada.cookie, profile).expect(200);
    await people.post('email-changes', { email: anEmail(), password }, { cookie: ada.cookie }).expect(202);
    const token = await people.token(ada.id, 'verify-email');
    await auth.request.delete('/api/users').set('Cookie', ada.cookie).send({ password }).expect(204);
    await eventually(async () => {
      const stored = await auth.ctx.users.model.collection.findOne({ _id: ada.id as never });
      expect(JSON.stringify(stored)).not.toMatch(/@|Ada|Berlin/);
      expect(Object.keys(stored ?? {}).sort()).toEqual(
        ['_id', 'changedAt', 'ended', 'eraseAt', 'history', 'outbox', 'sessions', 'status', 'version'].sort(),
      );
    });
    await people.post('email-verifications/confirm', { token }).expect(410);
  });
});

describe('an account of the previous release', () => {
  test('works as before, counts as not verified, and is published again with its profile', async () => {
    const ada = await people.signUp();
    const fields = { links: '', emailVerified: '', profile: '', passwordChange: '', newNetwork: '' };
    await auth.ctx.users.model.collection.updateOne(
      { _id: ada.id as never },
      { $unset: fields, $inc: { version: 1 } },
    );
    expect((await show(ada.cookie).expect(200)).body).toEqual({ email: ada.email, emailVerified: false });
    await people.signIn(ada.email).expect(200);
    await people.post('password-resets', { email: ada.email }).expect(202);
    await people.token(ada.id, 'reset-password');
    await auth.operate('resync');
    await eventually(() =>
      expect(auth.eventsOf('user:updated', ada.id)).toMatchObject([
        { email: ada.email, emailVerified: false },
      ]),
    );
  });

  test('loses no mail with the bus: open links are published again as they were', async () => {
    const ada = await people.signUp();
    await people.token(ada.id, 'verify-email');
    await auth.operate('resync');
    await people.token(ada.id, 'verify-email', 2);
    const [first, second] = auth.eventsOf('user:link-requested', ada.id);
    expect(second).toEqual(first);
  });
});
