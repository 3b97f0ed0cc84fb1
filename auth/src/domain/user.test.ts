import { type Account, type User, userEvents } from './account.js';
import { changePassword } from './password.js';
import { addSession, beginSession, endSession, expiryOf, signOut } from './sessions.js';
import { block, register, remove, unblock } from './user.js';

const applicant = { id: '1'.repeat(24), email: 'ada@example.com', passwordHash: 'x' };
const now = new Date('2026-11-25T12:00:00Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const session = (sid: string, startedAt = now) => beginSession(sid, 'a browser', startedAt);
const holder = { ...applicant, id: '2'.repeat(24), version: 0 };

describe('registering an e-mail address', () => {
  test('creates an account if the address is free', () => {
    const link = { id: 'l', purpose: 'verify-email', email: applicant.email } as const;
    const expiresAt = new Date(now.getTime() + 24 * 3_600_000);
    expect(register(applicant, undefined, { session: session('a'), link }, now)).toMatchObject({
      outcome: 'accepted',
      state: { ...applicant, version: 0, links: [{ ...link, expiresAt, version: 0 }] },
      events: [
        {
          type: 'user:created',
          data: { id: applicant.id, version: 0, email: applicant.email, emailVerified: false },
        },
        {
          type: 'user:link-requested',
          data: { id: applicant.id, version: 0, link: { ...link, expiresAt: expiresAt.toISOString() } },
        },
      ],
    });
  });

  test('begins no session and asks for no mail without them', () => {
    expect(register(applicant, undefined, {}, now)).toMatchObject({
      state: { sessions: [], links: [] },
      events: [{ type: 'user:created' }],
    });
  });

  test('is refused with email-in-use if an account has the address', () => {
    expect(register(applicant, holder, { session: session('a') }, now)).toEqual({
      outcome: 'refused',
      code: 'email-in-use',
    });
  });
});

const limits = { open: 3, ended: 4 };
const anAccount = (more: Partial<Account> = {}): Account => ({ ...applicant, version: 7, ...more });
const endedSession = (sid: string, issuedAt = now) => ({ sid, expiresAt: expiryOf(issuedAt) });
const noTickets = { paid: 0, isLossAccepted: false };
const owner = { passwordHash: 'x', session: endedSession('own') };

/** The sessions after a decision, and its events. */
function outcome(decision: ReturnType<typeof addSession | typeof endSession<User> | typeof changePassword>) {
  if (decision.outcome !== 'accepted') return decision.outcome === 'refused' ? decision.code : 'no change';
  const { sessions = [], ended = [] } = decision.state;
  const revoked = decision.events.filter(({ type }) => type === 'session:revoked');
  const events = revoked.map(({ type, data }) => [
    type,
    (data as { sessions: { sid: string }[] }).sessions.map(({ sid }) => sid).join(' '),
  ]);
  const sids = (list: readonly { sid: string }[]) => list.map(({ sid }) => sid).join(' ');
  return { open: sids(sessions), ended: sids(ended), events };
}

describe('the sessions of an account', () => {
  const abc = { sessions: ['a', 'b', 'c'].map((sid) => session(sid, hoursAgo(1))) };

  test('begin at a sign-in, and the oldest ends above the limit', () => {
    expect(outcome(addSession(anAccount(), 'x', { session: session('a'), limits }))).toEqual({
      open: 'a',
      ended: '',
      events: [],
    });
    expect(outcome(addSession(anAccount(abc), 'x', { session: session('d'), limits }))).toEqual({
      open: 'b c d',
      ended: 'a',
      events: [['session:revoked', 'a']],
    });
  });

  test('are removed when their tokens have expired', () => {
    for (const hours of [12, 13]) {
      const old = anAccount({
        sessions: [session('a', hoursAgo(hours))],
        ended: [endedSession('b', hoursAgo(hours))],
      });
      expect(outcome(addSession(old, 'x', { session: session('c'), limits }))).toEqual({
        open: 'c',
        ended: '',
        events: [],
      });
    }
  });

  test('are not revoked after their token has expired', () => {
    for (const hours of [12, 13])
      expect(outcome(signOut(anAccount(), endedSession('a', hoursAgo(hours)), now))).toBe('no change');
  });

  test('do not begin with an outdated password or in a deleted account', () => {
    expect(outcome(addSession(anAccount(), 'old', { session: session('a'), limits }))).toBe(
      'invalid-credentials',
    );
    const deleted: User = { id: applicant.id, version: 8, status: 'deleted' };
    expect(outcome(addSession(deleted, 'x', { session: session('a'), limits }))).toBe('invalid-credentials');
  });

  test('are limited: too-many-sessions', () => {
    const ended = ['a', 'b', 'c', 'd'].map((sid) => endedSession(sid));
    expect(outcome(addSession(anAccount({ ended }), 'x', { session: session('e'), limits }))).toBe(
      'too-many-sessions',
    );
    expect(outcome(changePassword(anAccount({ ended }), owner, 'y', session('e'), limits))).toMatchObject({
      open: 'e',
    });
    const twice = { ended: [...ended, ...['e', 'f', 'g', 'h'].map((sid) => endedSession(sid))] };
    expect(outcome(changePassword(anAccount(twice), owner, 'y', session('i'), limits))).toBe(
      'too-many-sessions',
    );
    expect(remove(anAccount(twice), owner, noTickets, now).outcome).toBe('accepted');
  });

  test('end one by one, and each event lists all ended sessions', () => {
    const user = anAccount({ ...abc, ended: [endedSession('z')] });
    const expected = { open: 'a c', ended: 'z b', events: [['session:revoked', 'z b']] };
    expect(outcome(endSession(user, 'b', now))).toEqual(expected);
    expect(outcome(signOut(user, endedSession('b'), now))).toEqual(expected);
    expect(outcome(endSession(user, 'z', now))).toBe('no change');
    expect(outcome(endSession(user, 'unknown', now))).toBe('not-found');
  });

  test('end even if an older version began them and they are not listed', () => {
    expect(outcome(signOut(anAccount(), endedSession('old'), now))).toEqual({
      open: '',
      ended: 'old',
      events: [['session:revoked', 'old']],
    });
  });

  test('all end when the password changes, except the new one', () => {
    const decision = changePassword(anAccount(abc), owner, 'y', session('d'), limits);
    expect(outcome(decision)).toEqual({
      open: 'd',
      ended: 'a b c own',
      events: [['session:revoked', 'a b c own']],
    });
    expect(decision).toMatchObject({
      events: [
        {},
        { type: 'user:password-changed', data: { version: 8, at: now.toISOString(), by: 'owner' } },
      ],
    });
    const other = { ...owner, passwordHash: 'old' };
    expect(outcome(changePassword(anAccount(abc), other, 'y', session('d'), limits))).toBe('wrong-password');
  });
});

describe('a deleted account', () => {
  const decision = remove(anAccount({ sessions: [session('a')] }), owner, noTickets, now);

  test('contains no personal data and publishes its ended sessions', () => {
    expect(decision).toMatchObject({
      state: { id: applicant.id, version: 8, status: 'deleted', sessions: [] },
      events: [{ type: 'user:deleted', data: { sessions: [{ sid: 'a' }, { sid: 'own' }] } }],
    });
    expect(JSON.stringify(decision)).not.toContain(applicant.email);
    expect(Object.keys(decision.outcome === 'accepted' ? decision.state : {})).not.toContain('passwordHash');
  });

  test('republishes user:deleted', () => {
    const deleted: User = { id: applicant.id, version: 8, status: 'deleted' };
    expect(userEvents(deleted, now)).toMatchObject([{ type: 'user:deleted', version: 8 }]);
  });
});

describe('an account with paid tickets', () => {
  test.each([
    [0, false, 'accepted'],
    [3, true, 'accepted'],
    [3, false, 'has-paid-tickets'],
  ])('is removed only with accepted loss: %d tickets, accepted %s: %s', (paid, isLossAccepted, expected) => {
    const decision = remove(anAccount(), owner, { paid, isLossAccepted }, now);
    expect(decision.outcome === 'refused' ? decision.code : decision.outcome).toBe(expected);
  });

  test('is not revealed to a user with a wrong password', () => {
    const other = { ...owner, passwordHash: 'old' };
    expect(remove(anAccount(), other, { paid: 3, isLossAccepted: false }, now)).toMatchObject({
      code: 'wrong-password',
    });
  });
});

describe('blocking', () => {
  type Status = NonNullable<User['status']> | 'never blocked';
  const users: Readonly<Record<Status, User>> = {
    'never blocked': anAccount({ sessions: [session('a'), session('b')], ended: [endedSession('z')] }),
    active: anAccount({ status: 'active' }),
    blocked: anAccount({ status: 'blocked' }),
    deleted: { id: applicant.id, version: 7, status: 'deleted' },
  };
  const statuses = Object.keys(users) as Status[];
  const result = (decision: ReturnType<typeof block>) =>
    decision.outcome === 'refused' ? decision.code : [decision.outcome, decision.state.status];

  const afterBlocking: Readonly<Record<Status, unknown>> = {
    'never blocked': ['accepted', 'blocked'],
    active: ['accepted', 'blocked'],
    blocked: ['already', 'blocked'],
    deleted: 'not-found',
  };
  test.each(statuses)('an account that is %s', (status) => {
    expect(result(block(users[status], now))).toEqual(afterBlocking[status]);
  });

  const afterUnblocking: Readonly<Record<Status, unknown>> = {
    'never blocked': ['already', undefined],
    active: ['already', 'active'],
    blocked: ['accepted', 'active'],
    deleted: 'not-found',
  };
  test.each(statuses)('is undone for an account that is %s', (status) => {
    expect(result(unblock(users[status]))).toEqual(afterUnblocking[status]);
  });

  test('ends all sessions and publishes them', () => {
    expect(block(users['never blocked'], now)).toMatchObject({
      state: { version: 8, sessions: [], ended: [{ sid: 'z' }, { sid: 'a' }, { sid: 'b' }] },
      events: [{ type: 'session:revoked', data: { sessions: [{ sid: 'z' }, { sid: 'a' }, { sid: 'b' }] } }],
    });
    expect(block(users.active, now)).toMatchObject({ events: [] });
    expect(unblock(users.blocked)).toMatchObject({ events: [] });
  });

  type Change = (user: User, passwordHash: string) => { outcome: string; code?: string };
  const needsPassword: Readonly<Record<string, [change: Change, withAnother: string]>> = {
    'signing in': [
      (user, hash) => addSession(user, hash, { session: session('n'), limits }),
      'invalid-credentials',
    ],
    'changing the password': [
      (user, passwordHash) => changePassword(user, { ...owner, passwordHash }, 'y', session('n'), limits),
      'wrong-password',
    ],
    'removing the account': [
      (user, passwordHash) => remove(user, { ...owner, passwordHash }, noTickets, now),
      'wrong-password',
    ],
  };
  test.each(Object.keys(needsPassword))('prevents %s, and only the owner learns it', (what) => {
    const [change, withAnother] = needsPassword[what] ?? [];
    expect(change?.(users.blocked, 'x')).toMatchObject({ code: 'account-blocked' });
    expect(change?.(users.blocked, 'old')).toMatchObject({ code: withAnother });
    expect(change?.(users.active, 'x')).toMatchObject({ outcome: 'accepted' });
  });
});
