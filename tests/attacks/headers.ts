// Headers for browsers and caches. `hygiene.ts` checks each answer of every attack as well.

import { newId } from '@ticketing/common/id';
import type { Reply, Request } from './ask.js';
import type { Attack } from './attack.js';
import { operations, samplePath } from './operations.js';
import { createTicket } from './people.js';
import type { Actor, World } from './world.js';

type Check = (isSo: boolean, what: string) => void;

const wanted: Readonly<Record<string, RegExp>> = {
  'content-security-policy': /default-src/,
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^(SAMEORIGIN|DENY)$/i,
  'strict-transport-security': /max-age=\d{7,}/,
  'referrer-policy': /^no-referrer$/,
  'cross-origin-resource-policy': /^same-origin$/,
  'x-request-id': /^[\w.:-]{1,100}$/,
  'cache-control': /no-store|no-cache/,
};

export const headers: Attack = {
  about: 'response headers and the session cookie',
  async run(world, { check, note }) {
    const person = await world.signUp();
    const seen = new Set<number>();
    for (const request of await everyKind(world, person)) {
      const reply = await world.ask(request);
      seen.add(reply.status);
      for (const [name, pattern] of Object.entries(wanted)) {
        const value = String(reply.headers[name]);
        check(
          pattern.test(value),
          `${reply.status} of ${request.method} ${request.path}: ${name} is ${value}`,
        );
      }
    }
    note(`answers ${[...seen].sort((a, b) => a - b).join(', ')}`);
    await keepsWhatIsPersonal(world, person, check);
    await pageRunsItsOwnScriptsOnly(world, check);
    await cookieIsOutOfReach(world, person, check);
  },
};

/** Successes, refusals of each kind, and unknown routes. */
async function everyKind(world: World, { cookie }: Actor): Promise<Request[]> {
  const Cookie = cookie;
  const ticket = `/api/tickets/${await createTicket(world, await world.signUp())}`;
  const etag = String((await world.ask({ path: ticket })).headers['etag']);
  return [
    { method: 'GET', path: ticket, headers: { 'If-None-Match': etag } },
    { method: 'GET', path: '/api/docs' },
    { method: 'GET', path: '/api/docs/openapi.json' },
    ...operations().flatMap(({ method, path: template }) => {
      const path = samplePath({ path: template }, () => newId());
      return [
        { method, path, headers: { Cookie, 'Sec-Fetch-Site': 'cross-site' } },
        { method, path, headers: {} },
        { method, path: `${path}?unknown=1`, headers: { Cookie, 'Content-Type': 'text/plain' } },
        { method: 'PATCH', path, headers: { Cookie } },
        ...(method === 'GET' ? [{ method, path, headers: { Cookie } }] : []),
      ];
    }),
  ];
}

/** No shared cache may store an answer that depends on a session. */
async function keepsWhatIsPersonal(world: World, { cookie }: Actor, check: Check): Promise<void> {
  for (const operation of operations().filter(
    ({ method, session }) => method === 'GET' && session !== 'anyone',
  )) {
    const reply = await world.ask({
      path: samplePath(operation, () => newId()),
      headers: { Cookie: cookie },
    });
    const value = String(reply.headers['cache-control']);
    check(/no-store|private/.test(value), `${operation.name} may be cached: ${value}`);
  }
}

async function pageRunsItsOwnScriptsOnly(world: World, check: Check): Promise<void> {
  const policy = String((await world.ask({ path: '/api/docs' })).headers['content-security-policy']);
  const directives = Object.fromEntries(
    policy
      .split(/; */)
      .map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1).join(' ')]),
  );
  check(directives['default-src'] === "'none'", `the page's default is ${directives['default-src']}`);
  check(directives['script-src'] === "'self'", `the page's scripts come from ${directives['script-src']}`);
  check(directives['connect-src'] === "'self'", `the page connects to ${directives['connect-src']}`);
  check(
    directives['frame-ancestors'] === "'none'",
    `the page may be framed by ${directives['frame-ancestors']}`,
  );
}

async function cookieIsOutOfReach(
  world: World,
  { email, password, cookie }: Actor,
  check: Check,
): Promise<void> {
  for (const path of ['/api/users/signin', '/api/users/signout']) {
    const request = { method: 'POST', path, headers: { Cookie: cookie }, body: { email, password } };
    const cookies = setCookies(await world.ask(request));
    check(cookies.length === 1, `${path} sets ${cookies.length} cookies`);
    for (const attribute of ['httponly', 'samesite=lax', 'path=/'])
      check(
        cookies.every((cookie) => cookie.includes(attribute)),
        `the cookie of ${path} is not ${attribute}`,
      );
  }
}

const setCookies = ({ headers: { 'set-cookie': all = [] } }: Reply) =>
  all.map((cookie) => cookie.toLowerCase());
