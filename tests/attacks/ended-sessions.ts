// Ends a session in every way, and measures how soon every service rejects it. Only the long form bounds
// the time, because the probes themselves take long on a busy machine.

import { eventually } from '@ticketing/common/testing';
import type { Reply } from './ask.js';
import type { Attack } from './attack.js';
import { requireSuccess } from './people.js';
import { sessionIn, sidIn, tokenIn, type Actor, type World } from './world.js';

/** Ends the session `stolen` of a user who also has the session `own`. */
type Way = (world: World, own: Actor, stolen: string) => Promise<Reply>;

const withinMs = 5_000;

const ways: Readonly<Record<string, Way>> = {
  'sign-out': (world, _own, stolen) =>
    world.ask({ method: 'POST', path: '/api/users/signout', headers: { Cookie: stolen } }),
  'sign-out by bearer token': (world, _own, stolen) =>
    world.ask({
      method: 'POST',
      path: '/api/users/signout',
      headers: { Authorization: `Bearer ${tokenIn(stolen)}` },
    }),
  'revocation from another device': async (world, own, stolen) =>
    requireSuccess(world, own, { method: 'DELETE', path: `/api/users/sessions/${sidIn(stolen)}` }),
  'a password change': (world, own) =>
    requireSuccess(world, own, {
      method: 'POST',
      path: '/api/users/password',
      body: { password: own.password, newPassword: `${own.password} again` },
    }),
  'account deletion': (world, own) =>
    requireSuccess(world, own, { method: 'DELETE', path: '/api/users', body: { password: own.password } }),
};

// One operation of each service that has sessions.
const guarded = {
  auth: { path: '/api/users/sessions' },
  tickets: { method: 'POST', path: '/api/tickets' },
  orders: { path: '/api/orders' },
  payments: { path: `/api/payments/${'0'.repeat(24)}` },
} as const;

export const endedSessions: Attack = {
  about: 'ended sessions, in every service',
  async run(world, { check, note }, long) {
    let slowest = 0;
    for (const [name, end] of Object.entries(ways)) {
      const own = await world.signUp();
      const { email, password } = own;
      const again = await world.ask({ method: 'POST', path: '/api/users/signin', body: { email, password } });
      const stolen = `session=${sessionIn(again)}`;
      const statuses = () =>
        Promise.all(
          Object.values(guarded).map(
            async (request) => (await world.ask({ ...request, headers: { Cookie: stolen } })).status,
          ),
        );
      check(
        (await statuses()).every((status) => status !== 401),
        `the session is rejected before ${name}`,
      );

      await end(world, own, stolen);
      const begin = Date.now();
      await eventually(async () => {
        if ((await statuses()).some((status) => status !== 401))
          throw new Error('The session is still accepted.');
      }).catch(async () =>
        check(false, `a session is accepted after ${name}: ${(await statuses()).join(', ')}`),
      );
      slowest = Math.max(slowest, Date.now() - begin);
    }
    if (long) check(slowest <= withinMs, `a session was accepted for ${slowest} ms after its end`);
    note(`${Object.keys(ways).length} ways to end a session: every service rejects it within ${slowest} ms`);
  },
};
