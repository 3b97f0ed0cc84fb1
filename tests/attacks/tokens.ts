// Sends invalid sessions to every operation that requires one.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId } from '@ticketing/common/id';
import { ask } from './ask.js';
import type { Attack } from './attack.js';
import { forgedEs256Tokens } from './forged-es256-tokens.js';
import { damaged, forgedTokens, signToken, type Forged, type SigningKey } from './forged-tokens.js';
import { operations, samplePath, type Operation } from './operations.js';
import { codeOf, cookieOf, forEachConcurrently, short, type Actor, type World } from './world.js';

type Check = (isSo: boolean, what: string) => void;
type Headers = Readonly<Record<string, string | readonly string[]>>;

export const tokens: Attack = {
  about: 'forged and broken sessions',
  async run(world, { check, note }) {
    const victim = await world.signUp();
    const bait = await keyServer();
    try {
      const forged = [
        ...forgedTokens(victim, world.system.jwtKey, bait.url),
        ...forgedEs256Tokens(victim, world.signingKey, bait.url),
      ];
      const guarded = operations().filter(({ session }) => session === 'required');
      for (const operation of guarded) await rejectsEveryToken(world, operation, forged, check);
      for (const operation of onePerService(guarded)) {
        await rejectsEveryToken(world, operation, damaged(victim.token), check);
        await rejectsOddCarriers(world, operation, victim, check);
        await survivesSize(world, operation, check);
      }
      await currentUserIsNull(world, forged, check);
      await rotates(world, guarded, victim, check);
      check(bait.asked() === 0, 'a service fetched keys from the attacker');
      note(`${forged.length} forgeries at ${guarded.length} operations`);
    } finally {
      bait.close();
    }
  },
};

/** The server that `jku` and `x5u` name. */
async function keyServer() {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.end('{"keys":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked: () => asked, close: () => server.close() };
}

const onePerService = (all: readonly Operation[]) => [
  ...new Map(all.map((operation) => [operation.service, operation])).values(),
];

const asksFor = (operation: Operation, headers: Headers) => ({
  method: operation.method,
  path: samplePath(operation, () => newId()),
  headers,
  ...(operation.takesJson ? { body: {} } : {}),
});

async function rejectsEveryToken(
  world: World,
  operation: Operation,
  forged: readonly Forged[],
  check: Check,
): Promise<void> {
  const carried = forged.flatMap(({ what, token }) => [
    { what, headers: { Cookie: cookieOf(token) } },
    { what, headers: { Authorization: `Bearer ${token}` } },
  ]);
  await forEachConcurrently(16, carried, async ({ what, headers }) => {
    const reply = await world.ask(asksFor(operation, headers));
    const refused = reply.status === 401 && codeOf(reply) === 'not-signed-in';
    check(refused, `${operation.name} accepts a token ${what}: ${reply.status}`);
  });
}

const encoded = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64');

/** Sends a valid token in unusual places, beside an invalid one, or twice. */
async function rejectsOddCarriers(
  world: World,
  operation: Operation,
  { token }: Actor,
  check: Check,
): Promise<void> {
  const good = cookieOf(token);
  const bad = cookieOf(`${token}x`);
  const refused: [what: string, headers: Headers][] = [
    ['no session at all', {}],
    ['an empty cookie', { Cookie: 'session=' }],
    ['a cookie with the bare token', { Cookie: `session=${token}` }],
    ['a cookie of another name', { Cookie: good.replace('session', 'Session') }],
    ['a cookie that is not base64', { Cookie: 'session=%%%' }],
    ['a cookie without JSON', { Cookie: `session=${Buffer.from('{"jwt":').toString('base64')}` }],
    ['a cookie of arbitrary bytes', { Cookie: `session=${Buffer.from([0, 255, 254]).toString('base64')}` }],
    ['a list of tokens', { Cookie: `session=${encoded({ jwt: [token] })}` }],
    ['an object of tokens', { Cookie: `session=${encoded({ jwt: { toString: token } })}` }],
    [
      'a token on the prototype',
      { Cookie: `session=${Buffer.from(`{"__proto__":{"jwt":"${token}"}}`).toString('base64')}` },
    ],
    [
      'a token in the constructor',
      { Cookie: `session=${encoded({ Object: { prototype: { jwt: token } } })}` },
    ],
    ['a token in a list', { Cookie: `session=${encoded([{ jwt: token }])}` }],
    ['a token in the URL', {}],
    ['a valid cookie beside an invalid bearer token', { Authorization: 'Bearer x', Cookie: good }],
    ['another scheme', { Authorization: `Token ${token}` }],
    ['no scheme', { Authorization: token }],
    ['basic credentials', { Authorization: `Basic ${Buffer.from(`${token}:`).toString('base64')}` }],
    ['two tokens in one header', { Authorization: `Bearer ${token}, Bearer ${token}` }],
    [
      'another header',
      { 'X-Access-Token': token, 'X-Auth-Token': token, 'Proxy-Authorization': `Bearer ${token}` },
    ],
  ];
  for (const [what, headers] of refused) {
    const request = asksFor(operation, headers);
    const path =
      what === 'a token in the URL' ? `${request.path}?access_token=${token}&jwt=${token}` : request.path;
    const reply = await world.ask({ ...request, path });
    check(reply.status === 401, `${operation.name} accepts ${what}: ${reply.status}`);
  }
  // Either cookie may win; only a server error is a finding.
  for (const Cookie of [`${good}; ${bad}`, `${bad}; ${good}`, `${good}; session.sig=x`]) {
    const reply = await world.ask(asksFor(operation, { Cookie }));
    check(reply.status < 500, `${operation.name} fails with two cookies: ${reply.status}`);
  }
  const taken = await world.ask(asksFor(operation, { Cookie: good }));
  check(taken.status !== 401, `${operation.name} rejects the valid token that the others are made from`);
}

/** At the service and through the gateway. Node limits all headers together to 16 kB. */
async function survivesSize(world: World, operation: Operation, check: Check): Promise<void> {
  for (const base of [world.gateway, world.system.url(operation.service)])
    for (const size of [4_000, 12_000, 16_384, 100_000])
      for (const headers of [
        { Cookie: `session=${'A'.repeat(size)}` },
        { Authorization: `Bearer ${'A'.repeat(size)}` },
      ]) {
        // The server may close the connection before it has read everything.
        const { status } = await ask(base, asksFor(operation, headers)).catch(() => ({ status: 431 }));
        check(
          [401, 431].includes(status),
          `${operation.name} answers ${size} bytes of header with ${status}`,
        );
      }
}

async function currentUserIsNull(world: World, forged: readonly Forged[], check: Check): Promise<void> {
  for (const { what, token } of forged) {
    const reply = await world.ask({ path: '/api/users/currentuser', headers: { Cookie: cookieOf(token) } });
    const isNull = reply.status === 200 && reply.text === '{"currentUser":null}';
    check(isNull, `a token ${what} has a current user: ${reply.status} ${short(reply.text)}`);
  }
}

/** Every service accepts the previous signing key, and rejects older ones. */
async function rotates(
  world: World,
  guarded: readonly Operation[],
  victim: Actor,
  check: Check,
): Promise<void> {
  for (const operation of onePerService(guarded)) {
    const by = (key: SigningKey) =>
      world.ask(asksFor(operation, { Cookie: cookieOf(signToken(victim, key)) }));
    check((await by(world.previousKey)).status !== 401, `${operation.service} rejects the previous key`);
    check((await by(world.signingKey)).status !== 401, `${operation.service} rejects the key of auth`);
    check((await by('0'.repeat(64))).status === 401, `${operation.service} accepts an unknown key`);
  }
}
