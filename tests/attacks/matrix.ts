// Who may do what: every kind of caller at every operation. What is expected follows from how the operation is described;
// what it is tried on stands in matrix-cases.ts.

import { newId } from '@ticketing/common/id';
import { eventually } from '@ticketing/common/testing';
import type { Reply } from './ask.js';
import type { Attack } from './attack.js';
import type { Findings } from './findings.js';
import { madeByHand } from './forged-tokens.js';
import { cases, post, type Case, type Prepare } from './matrix-cases.js';
import { operations, type Operation } from './operations.js';
import { codeOf, cookieOf, sessionIn, type Actor, type World } from './world.js';

export const actors = ['anonymous', 'expired', 'signed out', 'forged', 'other', 'owner'] as const;
export type ActorName = (typeof actors)[number];

export type Expected = Readonly<{ status: (status: number) => boolean; code?: string; inWords: string }>;

const success: Expected = { status: (status) => status >= 200 && status < 300, inWords: '2xx' };
const refused = (status: number, code?: string): Expected => ({
  status: (actual) => actual === status,
  ...(code !== undefined && { code }),
  inWords: `${status} ${code ?? ''}`,
});

/** What the description says of a caller who means the owner's thing. */
export function expectedOf(operation: Operation, actor: ActorName): Expected {
  if (operation.session !== 'required') return success;
  if (actor === 'owner') return success;
  if (actor !== 'other') return refused(401, 'not-signed-in');
  // A refusal of its own besides that of other sites' pages: for who has no right to the thing.
  if (operation.forbids.length > 0) return refused(403, operation.forbids[0]);
  // Without one, a thing that is named in the path is not there for others; a list is everybody's own.
  return operation.path.includes('{') ? refused(404, 'not-found') : success;
}

export const matrix: Attack = {
  about: 'every kind of caller at every operation',
  async run(world, findings) {
    const all = operations();
    const rows = [];
    for (const operation of all) {
      const prepare = cases[operation.name];
      findings.check(prepare !== undefined, `nothing is said of ${operation.name}: it has no row`);
      if (prepare) rows.push(await aRow(world, operation, prepare));
    }
    await allSignedOut(world, rows, findings);

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
  /** what everybody who is refused tries, before its owner does */
  shared: Case;
  sessions: Readonly<Record<ActorName, string | undefined>>;
}>;

async function aRow(world: World, operation: Operation, prepare: Prepare): Promise<Row> {
  const [owner, other, seller] = [await world.signUp(), await world.signUp(), await world.signUp()];
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
      expired: cookieOf(madeByHand(owner, world.system.jwtKey, { exp: past })),
      'signed out': `session=${sessionIn(again)}`,
      forged: cookieOf(madeByHand({ id, email }, 'another key'.repeat(4))),
      other: other.cookie,
      owner: owner.cookie,
    },
  };
}

const withinMs = 5_000;

/** Signs out, and waits until every service knows. */
async function allSignedOut(world: World, rows: readonly Row[], { check, note }: Findings): Promise<void> {
  const begin = Date.now();
  for (const { sessions } of rows)
    await world.ask({ ...post('/api/users/signout'), headers: { Cookie: sessions['signed out'] ?? '' } });
  for (const { operation, shared, sessions } of rows.filter((row) => row.operation.session === 'required'))
    await eventually(async () => {
      // Without its body nothing happens, whoever asks.
      const { method = 'GET', path } = shared.request;
      const Cookie = sessions['signed out'] ?? '';
      const safe = method === 'DELETE' ? path.replace(/[0-9a-f]{24}/, () => newId()) : path;
      if ((await world.ask({ method, path: safe, headers: { Cookie } })).status !== 401)
        throw new Error('still signed in');
    }, withinMs).catch(() =>
      check(false, `${operation.name} believes who has signed out ${withinMs / 1_000} s ago`),
    );
  note(`all had signed out everywhere after ${((Date.now() - begin) / 1_000).toFixed(1)} s`);
}

async function tryCell(world: World, row: Row, actor: ActorName, { check }: Findings): Promise<void> {
  const { operation, prepare, owner, seller } = row;
  const expected = expectedOf(operation, actor);
  // Who may, uses it up; its owner comes last, and finds it untouched by all who were refused.
  const fresh = expected === success && actor !== 'owner';
  const { request, secret } = fresh ? await prepare(world, owner, seller) : row.shared;
  const Cookie = row.sessions[actor];
  const reply = await world.ask({ ...request, headers: { ...request.headers, ...(Cookie && { Cookie }) } });

  const isSo =
    expected.status(reply.status) && (expected.code === undefined || codeOf(reply) === expected.code);
  check(
    isSo,
    `${operation.name} by ${actor}: ${reply.status} ${codeOf(reply) ?? ''}, expected ${expected.inWords}`,
  );
  if (secret === undefined) return;
  if (actor === 'owner')
    check(shows(reply, secret), `${operation.name} does not show its owner what is theirs`);
  else check(!shows(reply, secret), `${operation.name} shows ${actor} what is somebody else’s`);
}

const shows = ({ text }: Reply, secret: string) => text.includes(secret);
