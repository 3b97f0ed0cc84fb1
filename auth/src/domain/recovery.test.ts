// The effects of links, in each state of an account.

import type { LinkPurpose } from '@ticketing/common/events';
import type { Account, Link, User } from './account.js';
import { confirmEmailChange, requestEmailChange, requestVerification, verifyEmail } from './email.js';
import { addLinks } from './links.js';
import { changePassword, requestReset, resetPassword } from './password.js';
import { changeProfile } from './profile.js';
import { addSession, beginSession, expiryOf } from './sessions.js';
import { block } from './user.js';

const now = new Date('2026-11-25T12:00:00Z');
const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
const id = '1'.repeat(24);
const email = 'ada@example.com';
const newEmail = 'ada@new.example';
const session = beginSession('a', 'a browser', now);
const account: Account = { id, version: 7, email, passwordHash: 'x', sessions: [session] };

/** The account with one open link of each purpose; the id of a link is its purpose. */
const withLinks = (more: Partial<Account> = {}): Account => {
  const links = (['verify-email', 'reset-password'] as const).map((purpose) => ({
    id: purpose,
    purpose,
    email,
  }));
  const { state } = addLinks({ ...account, ...more }, links, now);
  const linkIds = { old: 'confirm-old-email', new: 'confirm-new-email' };
  const changing = requestEmailChange(state, { passwordHash: 'x' }, { newEmail, linkIds }, now);
  return { ...stateOf(changing), version: 7 };
};

type Decided<S> = { outcome: string; state?: S; code?: string };
function stateOf<S>(decision: Decided<S>): S {
  if (!decision.state) throw new Error(decision.code);
  return decision.state;
}
const idsOf = ({ links = [] }: { links?: readonly Link[] | undefined }) => links.map((link) => link.id);
const resultOf = ({ outcome, code }: Decided<unknown>) => code ?? outcome;

const uses: Readonly<Record<LinkPurpose, (user: User, at?: Date, linkId?: string) => Decided<User>>> = {
  'verify-email': (user, at = now, linkId = 'verify-email') => verifyEmail(user, linkId, at),
  'reset-password': (user, at = now, linkId = 'reset-password') => resetPassword(user, linkId, 'y', at),
  'confirm-old-email': (user, at = now, linkId = 'confirm-old-email') =>
    confirmEmailChange(user, { id: linkId, purpose: 'confirm-old-email' }, at),
  'confirm-new-email': (user, at = now, linkId = 'confirm-new-email') =>
    confirmEmailChange(user, { id: linkId, purpose: 'confirm-new-email' }, at),
};
const purposes = Object.keys(uses) as LinkPurpose[];

describe.each(purposes)('a link to %s', (purpose) => {
  const use = uses[purpose];
  const validMinutes = purpose === 'reset-password' ? 30 : 24 * 60;

  test('works once', () => {
    const first = use(withLinks());
    expect(first.outcome).toBe('accepted');
    expect(resultOf(use(stateOf(first)))).toBe('link-invalid');
  });

  test(`works for ${validMinutes} minutes`, () => {
    expect(resultOf(use(withLinks(), later(validMinutes - 1)))).toBe('accepted');
    expect(resultOf(use(withLinks(), later(validMinutes)))).toBe('link-invalid');
  });

  test('has no other purpose', () => {
    for (const other of purposes)
      if (other !== purpose) expect(resultOf(use(withLinks(), now, other))).toBe('link-invalid');
  });

  const unusable: [what: string, user: User][] = [
    ['without links', account],
    ['that is deleted', { id, version: 8, status: 'deleted' }],
  ];
  test.each(unusable)('does nothing for an account %s', (_what, user) => {
    expect(resultOf(use(user))).toBe('link-invalid');
  });

  test('leaves a blocked account blocked', () => {
    const blocked = stateOf(block(withLinks(), now));
    const result = use(blocked);
    expect(resultOf(result)).toBe(purpose === 'verify-email' ? 'accepted' : 'account-blocked');
    if (result.state) expect(result.state).toMatchObject({ status: 'blocked', sessions: [] });
  });
});

describe('resetting the password', () => {
  test('ends all sessions and links, and verifies the address', () => {
    const at = now.toISOString();
    expect(resetPassword(withLinks(), 'reset-password', 'y', now)).toMatchObject({
      state: {
        version: 8,
        passwordHash: 'y',
        sessions: [],
        ended: [{ sid: 'a' }],
        emailVerified: true,
        links: [],
      },
      events: [
        { type: 'user:password-changed', data: { version: 8, at, by: 'reset' } },
        { type: 'session:revoked', data: { sessions: [{ sid: 'a' }] } },
        { type: 'user:updated', data: { emailVerified: true } },
      ],
    });
  });

  test('publishes only what has changed', () => {
    const verified = withLinks({ emailVerified: true, sessions: [] });
    expect(resetPassword(verified, 'reset-password', 'y', now)).toMatchObject({
      events: [{ type: 'user:password-changed' }],
    });
  });

  test.each([
    ['active', account, 'accepted'],
    ['blocked', { ...account, status: 'blocked' }, 'already'],
    ['deleted', { id, version: 8, status: 'deleted' }, 'already'],
  ] as const)('is asked for by the owner of an account that is %s: %s', (_status, user, expected) => {
    expect(resultOf(requestReset(user, 'l', now))).toBe(expected);
  });
});

describe('changing the password', () => {
  test('ends the links that could take the account back, and keeps the one that verifies the address', () => {
    const owner = { passwordHash: 'x', session: { sid: 'a', expiresAt: expiryOf(now) } };
    const limits = { open: 3, ended: 4 };
    const changed = changePassword(withLinks(), owner, 'y', beginSession('b', '', now), limits);
    expect(idsOf(stateOf(changed))).toEqual(['verify-email']);
  });
});

describe('verifying the address', () => {
  test('publishes the verified profile', () => {
    expect(verifyEmail(withLinks(), 'verify-email', now)).toMatchObject({
      state: { version: 8, emailVerified: true },
      events: [{ type: 'user:updated', data: { version: 8, email, emailVerified: true } }],
    });
  });

  test.each([
    ['not verified', account, 'accepted'],
    ['verified', { ...account, emailVerified: true }, 'already'],
    ['blocked', { ...account, status: 'blocked' }, 'already'],
    ['deleted', { id, version: 8, status: 'deleted' }, 'already'],
  ] as const)('is asked for again for an account that is %s: %s', (_status, user, expected) => {
    expect(resultOf(requestVerification(user, 'l', now))).toBe(expected);
  });

  test('comes before a sign-in if it is required, and only the owner learns it', () => {
    const signIn = { session, limits: { open: 3, ended: 4 }, needsVerifiedEmail: true };
    expect(resultOf(addSession(account, 'x', signIn))).toBe('email-not-verified');
    expect(resultOf(addSession(account, 'old', signIn))).toBe('invalid-credentials');
    expect(resultOf(addSession({ ...account, emailVerified: true }, 'x', signIn))).toBe('accepted');
  });
});

describe('a change of address', () => {
  const linkIds = { old: 'o', new: 'n' };
  const request = (user: User, passwordHash = 'x') =>
    requestEmailChange(user, { passwordHash }, { newEmail, linkIds }, now);

  test('asks both addresses, by two events of different versions', () => {
    expect(request(account)).toMatchObject({
      state: { version: 9, email },
      events: [
        { version: 8, data: { link: { id: 'o', purpose: 'confirm-old-email', email, newEmail } } },
        { version: 9, data: { link: { id: 'n', purpose: 'confirm-new-email', email: newEmail, newEmail } } },
      ],
    });
  });

  test('replaces an earlier one', () => {
    expect(idsOf(stateOf(request(withLinks())))).toEqual(['verify-email', 'reset-password', 'o', 'n']);
  });

  test('needs the password, and no blocked account may ask', () => {
    expect(resultOf(request(account, 'old'))).toBe('wrong-password');
    expect(resultOf(request({ ...account, status: 'blocked' }))).toBe('account-blocked');
  });

  test.each([
    ['old', 'new'],
    ['new', 'old'],
  ] as const)('waits after the %s address for the %s one, then ends all sessions', (first, second) => {
    const waiting = uses[`confirm-${first}-email`](withLinks());
    expect(waiting).toMatchObject({ state: { version: 8, email, sessions: [session] }, events: [] });
    expect(uses[`confirm-${second}-email`](stateOf(waiting))).toMatchObject({
      state: { version: 9, email: newEmail, emailVerified: true, links: [], sessions: [] },
      events: [
        { type: 'user:updated', data: { version: 9, email: newEmail, emailVerified: true } },
        { type: 'session:revoked', data: { sessions: [{ sid: 'a' }] } },
      ],
    });
  });

  test('does not happen if the other confirmation has expired', () => {
    const waiting = stateOf(uses['confirm-old-email'](withLinks()));
    expect(resultOf(uses['confirm-new-email'](waiting, later(24 * 60)))).toBe('link-invalid');
  });
});

describe('the links of an account', () => {
  test('are bounded: the oldest of ten of one purpose is dropped, and expired ones', () => {
    const ask = (user: User, linkId: string, at = now) => stateOf(requestReset(user, linkId, at));
    let user: User = withLinks();
    for (let count = 0; count < 12; count += 1) user = ask(user, `l${count}`);
    const ids = idsOf(user as Account);
    expect(ids.filter((linkId) => linkId.startsWith('l'))).toEqual(
      Array.from({ length: 10 }, (_, index) => `l${index + 2}`),
    );
    expect(ids).toContain('verify-email');
    expect(idsOf(ask(user, 'last', later(24 * 60)) as Account)).toEqual(['last']);
  });

  test('are removed by a sign-in once they have expired, because they may name the address of others', () => {
    const signIn = { session: beginSession('b', '', later(24 * 60)), limits: { open: 3, ended: 4 } };
    expect(idsOf(stateOf(addSession(withLinks(), 'x', signIn)))).toEqual([]);
  });
});

describe('a sign-in from a new network', () => {
  test('publishes user:signed-in, and a sign-in from a known network does not', () => {
    const signIn = { session, limits: { open: 3, ended: 4 } };
    expect(addSession(account, 'x', signIn)).toMatchObject({ events: [] });
    expect(addSession(account, 'x', { ...signIn, isNewNetwork: true })).toMatchObject({
      state: { newNetwork: { at: now, device: 'a browser', version: 8 } },
      events: [{ type: 'user:signed-in', data: { version: 8, at: now.toISOString(), device: 'a browser' } }],
    });
  });
});

describe('the profile', () => {
  test('is replaced as a whole and published', () => {
    const named: Account = { ...account, profile: { name: 'Ada', locale: 'de' } };
    expect(changeProfile(named, { timeZone: 'Europe/Berlin' })).toMatchObject({
      state: { version: 8, profile: { timeZone: 'Europe/Berlin' } },
      events: [{ type: 'user:updated', data: { version: 8, email, timeZone: 'Europe/Berlin' } }],
    });
    expect(stateOf(changeProfile(named, {})).profile).toEqual({});
  });

  test('that is the same changes nothing, and a deleted account has none', () => {
    expect(resultOf(changeProfile(account, {}))).toBe('already');
    expect(resultOf(changeProfile({ ...account, profile: { name: 'Ada' } }, { name: 'Ada' }))).toBe(
      'already',
    );
    expect(resultOf(changeProfile({ id, version: 8, status: 'deleted' }, {}))).toBe('not-found');
  });
});
