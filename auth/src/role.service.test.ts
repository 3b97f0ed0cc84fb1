// The role of operators: who has it, and since when nobody else.

import { newId } from '@ticketing/common/id';
import { eventually, startForTest, type TestService } from '@ticketing/common/testing';
import { revokeRole } from './domain/role.js';
import { service } from './service.js';
import type { AuthContext } from './store.js';
import { codeOf, cookieOf, password, peopleOf } from './testing/people.js';

let auth: TestService<AuthContext>;
beforeAll(async () => {
  auth = await startForTest(service, { TRUST_PROXY: '1' });
});
afterAll(() => auth.stop());

const people = () => peopleOf(auth);
const overview = (cookie: string) => auth.request.get('/api/users/office/overview').set('Cookie', cookie);

async function anOperator() {
  const { id, email } = await people().signUp();
  await auth.operate('grant', email, 'operator', '--by', 'grace');
  const answer = await people().signIn(email).expect(200);
  return { id, email, cookie: cookieOf(answer), body: answer.body as unknown };
}

test('an account has the role from its first sign-in after the grant', async () => {
  const { id, email, cookie } = await people().signUp();
  expect(codeOf(await overview(cookie))).toBe('403 not-an-operator');
  expect(await auth.operate('grant', email, 'operator')).toEqual({
    lines: [`account ${id} is an operator`],
    error: undefined,
  });
  await eventually(async () => expect(await people().isSignedIn(cookie)).toBe(false));

  const answer = await people().signIn(email).expect(200);
  expect(answer.body).toEqual({ id, email, role: 'operator' });
  const own = cookieOf(answer);
  const { body } = await auth.request.get('/api/users/currentuser').set('Cookie', own).expect(200);
  expect(body).toEqual({ currentUser: { id, email, role: 'operator' } });
  await overview(own).expect(200);
  expect((await auth.operate('grant', id, 'operator')).lines).toEqual([
    `account ${id} is already an operator`,
  ]);
  await overview(own).expect(200);
});

test('a new password begins a session that has the role too', async () => {
  const { cookie } = await anOperator();
  const answer = await people().post('password', { password, newPassword: 'battery staple' }, { cookie });
  await overview(cookieOf(answer)).expect(200);
});

test('a revoked role ends its sessions, and the next one has none', async () => {
  const { id, email, cookie } = await anOperator();
  expect((await auth.operate('revoke', id, 'operator')).lines).toEqual([
    `account ${id} is no operator any more`,
  ]);
  await eventually(async () => expect(codeOf(await overview(cookie))).toBe('401 not-signed-in'));
  await eventually(() => expect(auth.eventsOf('session:revoked', id).length).toBeGreaterThan(0));
  const next = await people().signIn(email).expect(200);
  expect(next.body).toEqual({ id, email });
  expect(codeOf(await overview(cookieOf(next)))).toBe('403 not-an-operator');
});

test('no sign-in at the moment of the revocation keeps the role', async () => {
  for (let round = 0; round < 3; round += 1) {
    const { id, email } = await anOperator();
    const cause = { by: 'operator:grace', why: 'ops:revoke', traceparent: '' };
    const [signIn] = await Promise.all([
      people().signIn(email),
      auth.ctx.users.change(id, (user) => revokeRole(user, new Date()), cause),
    ]);
    const account = await auth.ctx.users.find(id);
    await auth.ctx.revokedSessions.add(account?.ended ?? []);
    expect(['401 not-signed-in', '403 not-an-operator']).toContain(codeOf(await overview(cookieOf(signIn))));
  }
});

test('the history says who made and unmade an operator', async () => {
  const { id, cookie } = await anOperator();
  const { body } = await auth.request
    .get(`/api/users/office/history/${id}`)
    .set('Cookie', cookie)
    .expect(200);
  await auth.operate('revoke', id, 'operator');
  expect(body).toMatchObject([
    { about: 'user', by: 'operator:grace', why: 'ops:grant', detail: 'is an operator' },
  ]);
  const { lines } = await auth.operate('history', id);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    by: 'operator:ada',
    why: 'ops:revoke',
    detail: 'is no operator any more',
  });
});

test('an operator finds an account by its address, which is in no URL', async () => {
  const [{ cookie }, ada] = [await anOperator(), await people().signUp()];
  const find = (texts: string[]) => people().post('office/find', { texts }, { cookie }).expect(200);
  const account = { what: 'account', id: ada.id, status: 'active', related: { email: ada.email } };
  expect((await find([ada.email.toUpperCase()])).body).toEqual([account]);
  expect((await find([newId(), ada.id])).body).toEqual([account]);
});

test.each([
  ['an unknown account', ['grant', 'nobody@example.com', 'operator'], 'account nobody@example.com not found'],
  ['another role', ['grant', 'nobody@example.com', 'king'], '"king" is no role. The only role is operator.'],
  ['a missing role', ['revoke', 'nobody@example.com'], /The arguments do not match/],
])('%s is refused', async (_what, words, message) => {
  expect((await auth.operate(...words)).error?.message).toMatch(message);
});
