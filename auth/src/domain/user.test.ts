import {
  beginSession,
  changePassword,
  endOf,
  endSession,
  register,
  remove,
  addSession,
  signOut,
  userEvent,
  type Account,
  type User,
} from './user.js';

const applicant = { id: '1'.repeat(24), email: 'ada@example.com', passwordHash: 'x' };
const now = new Date('2026-11-25T12:00:00Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const session = (sid: string, startedAt = now) => beginSession(sid, 'a browser', startedAt);
const holder = { ...applicant, id: '2'.repeat(24), version: 0 };

describe('an e-mail address', () => {
  test('that is free becomes an account', () => {
    const decision = register(applicant, undefined, session('a'));
    expect(decision).toMatchObject({
      outcome: 'accepted',
      state: { ...applicant, version: 0 },
    });
  });

  test('that somebody has is refused: email-in-use', () => {
    expect(register(applicant, holder, session('a'))).toEqual({ outcome: 'refused', code: 'email-in-use' });
  });
});

const limits = { open: 3, ended: 4 };
const theirs = (more: Partial<Account> = {}): Account => ({ ...applicant, version: 7, ...more });
const ending = (sid: string, issuedAt = now) => ({ sid, expiresAt: endOf(issuedAt) });
const owner = { passwordHash: 'x', session: ending('own') };

/** What became of the sessions, and the event that tells it. */
function outcome(decision: ReturnType<typeof addSession | typeof endSession<User> | typeof changePassword>) {
  if (decision.outcome !== 'accepted') return decision.outcome === 'refused' ? decision.code : 'no change';
  const { sessions = [], ended = [] } = decision.state;
  const told = decision.events.map(({ type, data }) => [
    type,
    (data as { sessions: { sid: string }[] }).sessions.map(({ sid }) => sid).join(' '),
  ]);
  const sids = (list: readonly { sid: string }[]) => list.map(({ sid }) => sid).join(' ');
  return { open: sids(sessions), ended: sids(ended), told };
}

describe('the sessions of an account', () => {
  const abc = { sessions: ['a', 'b', 'c'].map((sid) => session(sid, hoursAgo(1))) };

  test('begin at a sign-in, and the oldest ends beyond as many as may be open', () => {
    expect(outcome(addSession(theirs(), 'x', session('a'), limits))).toEqual({
      open: 'a',
      ended: '',
      told: [],
    });
    expect(outcome(addSession(theirs(abc), 'x', session('d'), limits))).toEqual({
      open: 'b c d',
      ended: 'a',
      told: [['session:revoked', 'a']],
    });
  });

  test('are dropped when their tokens have expired', () => {
    for (const hours of [12, 13]) {
      const old = theirs({
        sessions: [session('a', hoursAgo(hours))],
        ended: [ending('b', hoursAgo(hours))],
      });
      expect(outcome(addSession(old, 'x', session('c'), limits))).toEqual({ open: 'c', ended: '', told: [] });
    }
  });

  test('are not revoked after their token has expired', () => {
    for (const hours of [12, 13])
      expect(outcome(signOut(theirs(), ending('a', hoursAgo(hours)), now))).toBe('no change');
  });

  test('do not begin with a password that was changed meanwhile, nor in a deleted account', () => {
    expect(outcome(addSession(theirs(), 'old', session('a'), limits))).toBe('invalid-credentials');
    const gone: User = { id: applicant.id, version: 8, status: 'deleted' };
    expect(outcome(addSession(gone, 'x', session('a'), limits))).toBe('invalid-credentials');
  });

  test('are not begun and ended without end: too-many-sessions', () => {
    const ended = ['a', 'b', 'c', 'd'].map((sid) => ending(sid));
    expect(outcome(addSession(theirs({ ended }), 'x', session('e'), limits))).toBe('too-many-sessions');
    expect(outcome(changePassword(theirs({ ended }), owner, 'y', session('e'), limits))).toMatchObject({
      open: 'e',
    });
    const twice = { ended: [...ended, ...['e', 'f', 'g', 'h'].map((sid) => ending(sid))] };
    expect(outcome(changePassword(theirs(twice), owner, 'y', session('i'), limits))).toBe(
      'too-many-sessions',
    );
    expect(remove(theirs(twice), owner, now).outcome).toBe('accepted');
  });

  test('end one by one; each event tells all that have ended', () => {
    const user = theirs({ ...abc, ended: [ending('z')] });
    const expected = { open: 'a c', ended: 'z b', told: [['session:revoked', 'z b']] };
    expect(outcome(endSession(user, 'b', now))).toEqual(expected);
    expect(outcome(signOut(user, ending('b'), now))).toEqual(expected);
    expect(outcome(endSession(user, 'z', now))).toBe('no change');
    expect(outcome(endSession(user, 'unknown', now))).toBe('not-found');
  });

  test('end though no list has them: an older version began them', () => {
    expect(outcome(signOut(theirs(), ending('old'), now))).toEqual({
      open: '',
      ended: 'old',
      told: [['session:revoked', 'old']],
    });
  });

  test('end all at a change of the password, but for the one it begins', () => {
    expect(outcome(changePassword(theirs(abc), owner, 'y', session('d'), limits))).toEqual({
      open: 'd',
      ended: 'a b c own',
      told: [['session:revoked', 'a b c own']],
    });
    const other = { ...owner, passwordHash: 'old' };
    expect(outcome(changePassword(theirs(abc), other, 'y', session('d'), limits))).toBe('wrong-password');
  });
});

describe('a deleted account', () => {
  const decision = remove(theirs({ sessions: [session('a')] }), owner, now);

  test('has nothing of the person, and says which sessions ended', () => {
    expect(decision).toMatchObject({
      state: { id: applicant.id, version: 8, status: 'deleted', sessions: [] },
      events: [{ type: 'user:deleted', data: { sessions: [{ sid: 'a' }, { sid: 'own' }] } }],
    });
    expect(JSON.stringify(decision)).not.toContain(applicant.email);
    expect(Object.keys(decision.outcome === 'accepted' ? decision.state : {})).not.toContain('passwordHash');
  });

  test('is told again as deleted; an account without ended sessions has nothing to tell', () => {
    const gone: User = { id: applicant.id, version: 8, status: 'deleted' };
    expect(userEvent(gone, now)).toMatchObject({ type: 'user:deleted', version: 8 });
    expect(userEvent(theirs({ ended: [ending('a')] }), now)).toMatchObject({ type: 'session:revoked' });
    expect(userEvent(theirs({ ended: [ending('a', hoursAgo(13))] }), now)).toBeUndefined();
  });
});
