// Granting and revoking the role, in every state of an account.

import type { Account, User } from './account.js';
import { grantRole, revokeRole, roleChange } from './role.js';

const now = new Date('2026-06-01T12:00:00Z');
const expiresAt = new Date('2026-06-01T20:00:00Z');
const session = { sid: 's1', startedAt: now, expiresAt, device: '' };
const id = 'a'.repeat(24);
const account: Account = { id, version: 3, email: 'ada@example.com', passwordHash: 'h', sessions: [session] };

const states: Readonly<Record<'new' | 'active' | 'blocked' | 'operator' | 'deleted', User>> = {
  new: account,
  active: { ...account, status: 'active' },
  blocked: { ...account, status: 'blocked', sessions: [] },
  operator: { ...account, status: 'active', role: 'operator' },
  deleted: { id, version: 4, status: 'deleted' },
};
type State = keyof typeof states;

const granted: Readonly<Record<State, string>> = {
  new: 'accepted',
  active: 'accepted',
  blocked: 'accepted',
  operator: 'already',
  deleted: 'refused',
};
const revoked: Readonly<Record<State, string>> = {
  new: 'already',
  active: 'already',
  blocked: 'already',
  operator: 'accepted',
  deleted: 'refused',
};

test.each(Object.keys(states) as State[])('granting and revoking the role of an account: %s', (state) => {
  expect(grantRole(states[state], now).outcome).toBe(granted[state]);
  expect(revokeRole(states[state], now).outcome).toBe(revoked[state]);
});

test.each([
  { change: grantRole, from: states.active, role: 'operator', detail: 'is an operator' },
  { change: revokeRole, from: states.operator, role: undefined, detail: 'is no operator any more' },
])(
  'a change of the role ends all sessions and tells every service: $detail',
  ({ change, from, role, detail }) => {
    const decision = change(from, now);
    expect(decision).toMatchObject({
      outcome: 'accepted',
      state: { role, status: 'active', sessions: [], ended: [{ sid: 's1', expiresAt }], version: 4 },
      events: [{ type: 'session:revoked' }],
    });
    if (decision.outcome === 'accepted') expect(roleChange(from, decision.state)).toBe(detail);
  },
);

test('a blocked account stays blocked, whatever its role', () => {
  expect(grantRole(states.blocked, now)).toMatchObject({ state: { status: 'blocked' }, events: [] });
});
