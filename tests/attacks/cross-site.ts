// Requests that another site's page can make a visitor's browser send, and the answers that it may read.

import { newId } from '@ticketing/common/id';
import type { Reply } from './ask.js';
import type { Attack } from './attack.js';
import { operations, samplePath, type Operation } from './operations.js';
import { codeOf, cookieFor, type Actor, type World } from './world.js';

type Headers = Readonly<Record<string, string>>;

const foreign: readonly Headers[] = [
  { 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': 'same-site' },
  { 'Sec-Fetch-Site': 'CROSS-SITE' },
  { 'Sec-Fetch-Site': '' },
  { 'Sec-Fetch-Site': 'same-origin, cross-site' },
  { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' },
  // Sent by sendBeacon, and by a form in a sandboxed frame.
  { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', Origin: 'null' },
  { Origin: 'null' },
  { Origin: 'https://evil.example' },
  { Origin: 'https://HOST.evil.example' },
  { Origin: 'https://evil.example#HOST' },
  { Origin: 'https://evil.example/HOST' },
  { Origin: 'https://HOST@evil.example' },
  { Origin: 'file://' },
  { Origin: '//HOST' },
  { Origin: '' },
  { Origin: 'https://evil.example', 'X-Forwarded-Host': 'evil.example' },
  { Origin: 'https://evil.example', Forwarded: 'host=evil.example' },
  { Origin: 'https://evil.example', Referer: 'http://HOST/' },
];

const own: readonly Headers[] = [
  {},
  { 'Sec-Fetch-Site': 'same-origin' },
  { 'Sec-Fetch-Site': 'none' },
  { Origin: 'http://HOST' },
];

const formTypes = [
  'text/plain',
  'text/plain;charset=UTF-8',
  'text/plain; application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json, text/plain',
  'application/jsonx',
  'text/json',
  '',
];

export const crossSite: Attack = {
  about: 'pages of other sites',
  async run(world, { check, note }) {
    const visitor = await world.signUp();
    const unsafe = operations().filter(({ method }) => method !== 'GET');
    for (const operation of unsafe) {
      await refusedFromElsewhere(world, visitor, operation, check);
      if (operation.takesJson) await refusesForms(world, visitor, operation, check);
    }
    await staysSignedIn(world, visitor, check);
    await sharesNothing(world, visitor, check);
    note(`${unsafe.length} operations that change state`);
  },
};

type Check = (isSo: boolean, what: string) => void;

// Also sent directly to the service, as an ingress may forward everything.
async function refusedFromElsewhere(
  world: World,
  visitor: Actor,
  operation: Operation,
  check: Check,
): Promise<void> {
  for (const base of [world.gateway, world.system.url(operation.service)]) {
    const direct = base !== world.gateway;
    const host = new URL(base).host;
    const send = (headers: Headers) =>
      world.ask(
        {
          method: operation.method,
          path: samplePath(operation, () => newId()),
          headers: { Cookie: cookieFor(world, operation, visitor), ...filled(headers, host) },
          ...(operation.takesJson ? { body: {} } : {}),
        },
        base,
      );
    for (const headers of foreign) {
      // A direct client takes the place of the trusted proxy; no browser can do that.
      if (direct && 'X-Forwarded-Host' in headers) continue;
      const reply = await send(headers);
      check(
        reply.status === 403 && codeOf(reply) === 'cross-origin',
        `${operation.name} accepts another site's page: ${JSON.stringify(headers)} → ${reply.status}`,
      );
    }
    // Our own page may. It sends no session: a sign-out would end the visitor's.
    for (const headers of own) {
      const reply = await send({ ...headers, Cookie: '' });
      check(
        codeOf(reply) !== 'cross-origin',
        `${operation.name} refuses our own page: ${JSON.stringify(headers)}`,
      );
    }
  }
}

const filled = (headers: Headers, host: string): Headers =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('HOST', host)]));

async function refusesForms(world: World, visitor: Actor, operation: Operation, check: Check): Promise<void> {
  for (const type of formTypes) {
    const reply = await world.ask({
      method: operation.method,
      path: samplePath(operation, () => newId()),
      headers: { Cookie: cookieFor(world, operation, visitor), 'Content-Type': type },
      body: JSON.stringify({ password: visitor.password }),
    });
    check(
      reply.status === 415,
      `${operation.name} accepts a body of type ${JSON.stringify(type)}: ${reply.status}`,
    );
  }
}

async function staysSignedIn(world: World, visitor: Actor, check: Check): Promise<void> {
  const reply = await world.ask({ path: '/api/users/currentuser', headers: { Cookie: visitor.cookie } });
  const { currentUser } = reply.json as { currentUser: { id: string } | null };
  check(currentUser?.id === visitor.id, 'another site ended a session');
}

async function sharesNothing(world: World, visitor: Actor, check: Check): Promise<void> {
  const shared = ({ headers }: Reply) =>
    Object.keys(headers).some((name) => name.startsWith('access-control-'));
  const asks: { method: string; path: string; headers: Headers }[] = operations().flatMap((operation) => {
    const path = samplePath(operation, () => newId());
    const headers = { Origin: 'https://evil.example', Cookie: visitor.cookie };
    const preflight = {
      'Access-Control-Request-Method': operation.method,
      'Access-Control-Request-Headers': 'content-type',
      'Access-Control-Request-Private-Network': 'true',
    };
    return [
      { method: 'GET', path, headers },
      { method: 'OPTIONS', path, headers: { ...headers, ...preflight } },
      { method: 'TRACE', path, headers },
      // No header or parameter overrides the method.
      { method: 'GET', path, headers: { ...headers, 'X-HTTP-Method-Override': 'DELETE' } },
      { method: 'GET', path: `${path}?_method=DELETE`, headers },
    ];
  });
  for (const request of asks) {
    const reply = await world.ask(request);
    check(!shared(reply), `${request.method} ${request.path} is readable for another site`);
    if (request.method === 'OPTIONS' || request.method === 'TRACE')
      check(
        [404, 405, 501].includes(reply.status),
        `${request.method} ${request.path} is answered: ${reply.status}`,
      );
    check(!reply.text.includes(visitor.cookie), `${request.method} ${request.path} echoes the cookie`);
  }
}
