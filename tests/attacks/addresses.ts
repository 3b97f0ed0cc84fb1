// Misleading paths, hosts and forwarded addresses.

import { newId } from '@ticketing/common/id';
import { ask, askRaw } from './ask.js';
import type { Attack } from './attack.js';
import { codeOf, short, type World } from './world.js';

type Check = (isSo: boolean, what: string) => void;

// The internal routes of each service, behind the public ones.
const inner = ['metrics', 'healthz', 'readyz'];
const detours = [
  '/%s',
  '//%s',
  '/./%s',
  '/api/%s',
  '/api/users/../%s',
  '/api/users/../../%s',
  '/api/users/%2e%2e/%2e%2e/%s',
  '/api/users/..%2f..%2f%s',
  '/api/users/..%252f..%252f%s',
  '/api/users/..%5c..%5c%s',
  '/api/users/..;/..;/%s',
  '/api/users/%c0%ae%c0%ae/%c0%ae%c0%ae/%s',
  '/api/users/.%00./.%00./%s',
  '/api/users//%s',
  '/api/users/%s',
  '/api/users;/%s',
  '/api/users%2f..%2f..%2f%s',
  '/api/users?/../../%s',
  '/api/users#/../../%s',
  'http://127.0.0.1/%s',
  'http://x/api/users/../../%s',
  '/API/USERS/../../%s',
  '/api\\users\\..\\..\\%s',
];

export const addresses: Attack = {
  about: 'paths, hosts and forwarded addresses',
  async run(world, { check }) {
    await innerPathsAreNotReached(world, check);
    await detoursKeepSessionChecks(world, check);
    await hostsAreNotBelieved(world, check);
  },
};

async function innerPathsAreNotReached(world: World, check: Check): Promise<void> {
  const shows = /^# (HELP|TYPE)|process_cpu|"status":"ok"|"ready":(true|false)/m;
  for (const base of ['tickets', 'auth'] as const) {
    const { text } = await ask(world.system.url(base), { path: '/readyz' });
    check(shows.test(text), 'control: the direct request does not show the internal route');
  }
  for (const name of inner)
    for (const detour of detours) {
      const path = detour.replace('%s', name);
      const reply = await world.ask({ path });
      check(!shows.test(reply.text), `${path} shows an internal route`);
      // The shop answers every path that no service handles.
      const isShop = path === `/${name}` && !/^# |process_/m.test(reply.text);
      check(isShop || [400, 404].includes(reply.status), `${path} is answered with ${reply.status}`);
    }
}

/** A detour never avoids the session check of its plain form. */
async function detoursKeepSessionChecks(world: World, check: Check): Promise<void> {
  const { cookie } = await world.signUp();
  const id = newId();
  const paths = [
    `/api/orders/../payments/${id}`,
    `/api/orders/%2e%2e/payments/${id}`,
    `/api/orders/..%2fpayments%2f${id}`,
    `/api/payments/../orders`,
    `/api/orders/${id}/..`,
    `/api/orders/${id}%00`,
    `/api/orders/${id}%2f`,
    `/api/orders/${id}%20`,
    `/api/orders/%24ne`,
    `/api/orders//${id}`,
    `/api//orders`,
    `/api/orders\\${id}`,
    `/api/ordersx`,
    `/api/orders.json`,
    `/api/tickets/__proto__`,
    `/api/tickets/constructor`,
    `/api/tickets/${'a'.repeat(4_000)}`,
    `/api/tickets/${id.toUpperCase()}g`,
    `/%E0%A4%A`,
    `/api/tickets/%E0%A4%A`,
    `/api/tickets/%ff%fe`,
    `/api/tickets/${encodeURIComponent('{"$gt":""}')}`,
  ];
  for (const path of paths)
    for (const base of [world.gateway, world.system.url('orders'), world.system.url('tickets')]) {
      const reply = await world.ask({ path, headers: { Cookie: cookie } }, base);
      check([400, 404].includes(reply.status), `${short(path)} is answered with ${reply.status}`);
    }
  // A path in another case may reach the same route, but with the same checks.
  for (const path of ['/API/ORDERS', '/api/Orders/', `/api/PAYMENTS/${id}`]) {
    const reply = await world.ask({ path }, world.system.url(/pay/i.test(path) ? 'payments' : 'orders'));
    check(
      codeOf(reply) === 'not-signed-in' || reply.status === 404,
      `${path} is answered with ${reply.status}`,
    );
  }
}

async function hostsAreNotBelieved(world: World, check: Check): Promise<void> {
  const { cookie, id } = await world.signUp();
  for (let made = 0; made < 2; made += 1)
    await world.ask({
      method: 'POST',
      path: '/api/tickets',
      headers: { Cookie: cookie },
      body: { title: 'A seat', price: '5' },
    });
  const evil = 'evil.example';
  const lies = [
    { Host: evil },
    { Host: `${evil}:80@x` },
    { Host: '' },
    { Host: 'x'.repeat(4_000) },
    { 'X-Forwarded-Host': evil },
    { 'X-Host': evil, 'X-Forwarded-Server': evil },
    { 'X-Original-URL': '/metrics', 'X-Rewrite-URL': '/metrics' },
    { Forwarded: `for=1.2.3.4;host=${evil};proto=https` },
    { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Port': '443', 'X-Forwarded-Prefix': `/${evil}` },
    { Connection: 'cookie, x-forwarded-for' },
    { 'X-User-Id': id, 'X-Forwarded-User': id, 'X-Remote-User': id },
  ];
  for (const headers of lies)
    for (const path of ['/api/tickets?limit=1', '/api/users/currentuser', '/api/orders', '/nowhere']) {
      const reply = await world.ask({ path, headers });
      const said = JSON.stringify([reply.headers, reply.text]);
      check(!said.includes(evil), `${path} echoes a forged host: ${JSON.stringify(headers)}`);
      check(
        !said.includes(id) || path.startsWith('/api/tickets'),
        `${path} trusts a forged header: ${JSON.stringify(headers)}`,
      );
    }
  const { email, password } = await world.signUp();
  const signIn = {
    method: 'POST',
    path: '/api/users/signin',
    headers: { 'X-Forwarded-Proto': 'https' },
    body: { email, password },
  };
  const [set = ''] = (await world.ask(signIn)).headers['set-cookie'] ?? [];
  check(!/; secure/i.test(set), 'the cookie is Secure because of a forged X-Forwarded-Proto');
  const none = await askRaw(world.gateway, 'GET /api/tickets HTTP/1.0\r\n\r\n', 10_000);
  check(/^HTTP\/1\.1 (200|400)/.test(none), `an HTTP/1.0 request without a host: ${none.slice(0, 20)}`);
}
