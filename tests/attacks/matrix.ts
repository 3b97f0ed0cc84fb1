// The authorization matrix: every kind of caller at every operation. Expectations follow from the API description;
// matrix-cases.ts has the requests.

import { newId } from '@ticketing/common/id';
import { eventually } from '@ticketing/common/testing';
import type { Reply } from './ask.js';
import type { Attack } from './attack.js';
import type { Findings } from './findings.js';
import { signToken } from './forged-tokens.js';
import { cases, post, type Case, type Prepare } from './matrix-cases.js';
import { operations, type Operation } from './operations.js';
import { codeOf, cookieOf, operatorCookieOf, sessionIn, type Actor, type World } from './world.js';

export const actors = ['anonymous', 'expired', 'signed out', 'forged', 'other', 'operator', 'owner'] as const;
export type ActorName = (typeof actors)[number];

export type Expected = Readonly<{ status: (status: number) => boolean; code?: string; text: string }>;

const success: Expected = { status: (status) => status >= 200 && status < 300, text: '2xx' };
const refused = (status: number, code?: string): Expected => ({
  status: (actual) => actual === status,
  ...(code !== undefined && { code }),
  text: `${status} ${code ?? ''}`,
});

/** The described result for a caller who addresses the owner's object. */
export function expectedOf(operation: Operation, actor: ActorName): Expected {
  if (operation.session !== 'required') return success;
  const mayCall = operation.isForOperators ? 'operator' : 'owner';
  if (actor === mayCall) return success;
  if (!['other', 'operator', 'owner'].includes(actor)) return refused(401, 'not-signed-in');
  // A 403 code other than cross-origin is for callers who do not own the object.
  if (operation.forbids.length > 0) return refused(403, operation.forbids[0]);
  // Without one, an object in the path is not found for others, and a list shows the caller's own objects.
  return operation.path.includes('{') ? refused(404, 'not-found') : success;
}

export const matrix: Attack = {
  about: 'every kind of caller at every operation',
  async run(world, findings) {
    const all = operations();
    const rows = [];
    for (const operation of all) {
      const prepare = cases[operation.name];
      findings.check(prepare !== undefined, `${operation.name} has no row`);
      if (prepare) rows.push(await prepareRow(world, operation, prepare));
    }
    await signOutAll(world, rows, findings);

    let cells = 0;
    for (const row of rows)
      for (const actor of actors) {
        await tryCell(world, row, actor, findings);
        cells += 1;
      }
    const wanted = all.length * actors.length;
    findings.check(cells === wanted, `${wanted - cells} of ${wanted} cells were not tried`);
    findings.note(`${all.length} operations × ${actors.length} callers: ${cells} of ${wanted} cells tried`);
  },
};

type Row = Readonly<{
  operation: Operation;
  prepare: Prepare;
  owner: Actor;
  seller: Actor;
  /** the request of all rejected callers, and then of the owner */
  shared: Case;
  sessions: Readonly<Record<ActorName, string | undefined>>;
}>;

async function prepareRow(world: World, operation: Operation, prepare: Prepare): Promise<Row> {
  const [owner, other, seller] = [await world.signUp(), await world.signUp(), await world.signUp()];
  const grace = await world.signUp();
  const { email, password, id } = owner;
  const again = await world.ask(post('/api/users/signin', { email, password }));
  const past = Math.floor(Date.now() / 1_000) - 10;
  return {
    operation,
    prepare,
    owner,
    seller,
    shared: await prepare(world, owner, seller),
    sessions: {
      anonymous: undefined,
      expired: cookieOf(signToken(owner, world.system.jwtKey, { exp: past })),
      'signed out': `session=${sessionIn(again)}`,
      forged: cookieOf(signToken({ id, email }, 'another key'.repeat(4), { role: 'operator' })),
      other: other.cookie,
      operator: operatorCookieOf(world, grace),
      owner: owner.cookie,
    },
  };
}

/** Signs out, and waits until every service rejects the sessions. */
async function signOutAll(world: World, rows: readonly Row[], { check, note }: Findings): Promise<void> {
  const begin = Date.now();
  for (const { sessions } of rows)
    await world.ask({ ...post('/api/users/signout'), headers: { Cookie: sessions['signed out'] ?? '' } });
  for (const { operation, shared, sessions } of rows.filter((row) => row.operation.session === 'required'))
    await eventually(async () => {
      // Without a body, and with another id, the request has no effect.
      const { method = 'GET', path } = shared.request;
      const Cookie = sessions['signed out'] ?? '';
      const safe = method === 'GET' ? path : path.replace(/[0-9a-f]{24}/, () => newId());
      if ((await world.ask({ method, path: safe, headers: { Cookie } })).status !== 401)
        throw new Error('The session is still accepted.');
    }).catch(() => check(false, `${operation.name} accepts a session after its sign-out`));
  note(`every service rejects the ended sessions after ${((Date.now() - begin) / 1_000).toFixed(1)} s`);
}

async function tryCell(world: World, row: Row, actor: ActorName, { check }: Findings): Promise<void> {
  const { operation, prepare, owner, seller } = row;
  const expected = expectedOf(operation, actor);
  // An allowed caller gets a fresh object. The owner comes last and finds the shared one untouched.
  const fresh = expected === success && actor !== 'owner';
  const { request, secret } = fresh ? await prepare(world, owner, seller) : row.shared;
  const Cookie = row.sessions[actor];
  const reply = await world.ask({ ...request, headers: { ...request.headers, ...(Cookie && { Cookie }) } });

  const isSo =
    expected.status(reply.status) && (expected.code === undefined || codeOf(reply) === expected.code);
  check(
    isSo,
    `${operation.name} by ${actor}: ${reply.status} ${codeOf(reply) ?? ''}, expected ${expected.text}`,
  );
  if (secret === undefined) return;
  if (actor === (operation.isForOperators ? 'operator' : 'owner'))
    check(shows(reply, secret), `${operation.name} does not show the owner's data to ${actor}`);
  else check(!shows(reply, secret), `${operation.name} shows another user's data to ${actor}`);
}

const shows = ({ text }: Reply, secret: string) => text.includes(secret);
