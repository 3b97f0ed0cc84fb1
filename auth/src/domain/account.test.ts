import { type Account, type Link, userEvents } from './account.js';

const now = new Date('2026-11-25T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const id = '1'.repeat(24);
const account: Account = { id, version: 9, email: 'ada@example.com', passwordHash: 'x' };
const typesOf = (more: Partial<Account>) =>
  userEvents({ ...account, ...more }, now).map(({ type, version }) => `${type} ${version}`);

describe('the events of an account that are published again', () => {
  test('say of an account from an earlier release that its address is not verified', () => {
    expect(userEvents(account, now)).toMatchObject([
      { type: 'user:updated', data: { id, version: 9, email: account.email, emailVerified: false } },
    ]);
  });

  test('have the whole profile', () => {
    const profile = { name: 'Ada', locale: 'de', timeZone: 'Europe/Berlin' } as const;
    expect(userEvents({ ...account, emailVerified: true, profile }, now)).toMatchObject([
      { type: 'user:updated', data: { emailVerified: true, ...profile } },
    ]);
  });

  const link: Link = {
    ...{ id: 'l', purpose: 'reset-password', email: account.email, version: 5 },
    expiresAt: minutesAgo(-1),
  };
  const table: [what: string, more: Partial<Account>, types: string[]][] = [
    ['ended sessions', { ended: [{ sid: 'a', expiresAt: minutesAgo(-1) }] }, ['session:revoked 9']],
    ['no session whose token has expired', { ended: [{ sid: 'a', expiresAt: now }] }, []],
    ['open links, with the version of their event', { links: [link] }, ['user:link-requested 5']],
    ['no expired link', { links: [{ ...link, expiresAt: now }] }, []],
    ['no used link', { links: [{ ...link, confirmed: true }] }, []],
    [
      'a recent change of the password',
      { passwordChange: { at: minutesAgo(1), by: 'reset', version: 7 } },
      ['user:password-changed 7'],
    ],
    ['no old one', { passwordChange: { at: minutesAgo(24 * 60), by: 'reset', version: 7 } }, []],
    [
      'a recent sign-in from a new network',
      { newNetwork: { at: minutesAgo(1), device: 'd', version: 8 } },
      ['user:signed-in 8'],
    ],
    ['no old one', { newNetwork: { at: minutesAgo(24 * 60), device: 'd', version: 8 } }, []],
  ];
  test.each(table)('include %s', (_what, more, types) => {
    expect(typesOf(more)).toEqual(['user:updated 9', ...types]);
  });
});
