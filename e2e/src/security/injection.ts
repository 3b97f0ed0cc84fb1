// Operators, odd types and odd texts in every input of every operation.

import { gzipSync } from 'node:zlib';
import { newId } from '@ticketing/common';
import type { Reply, Request } from './ask.js';
import type { Attack } from './attack.js';
import { operations, samplePath, type Operation } from './operations.js';
import { orders } from './people.js';
import { bodies, numbers, shapes, texts } from './payloads.js';
import { codeOf, short, type Actor, type World } from './world.js';

type Check = (isSo: boolean, what: string) => void;

export const injection: Attack = {
  about: 'operators and oddities in every input',
  async run(world, { check, note }) {
    const attacker = await world.signUp();
    const victim = await aVictim(world);
    const all = operations();
    const send = async (operation: Operation, request: Request, allowed: readonly number[], what: string) => {
      const reply = await world.ask(request);
      const told = `${operation.name}: ${short(what)} → ${reply.status} ${codeOf(reply) ?? ''}`;
      check(allowed.length === 0 ? reply.status < 500 : allowed.includes(reply.status), told);
      check(
        !victim.secrets.some((secret) => reply.text.includes(secret)),
        `${told} shows what is somebody else’s`,
      );
      check(reply.headers['x-injected'] === undefined, `${told} writes a header of the attacker’s`);
      return reply;
    };
    for (const operation of all) {
      const base = requestTo(operation, attacker);
      await intoPath(operation, base, send);
      await intoQuery(operation, base, send);
      await intoHeaders(operation, base, send);
      if (operation.takesJson) await intoBody(operation, base, send);
    }
    await addsNoFields(world, attacker, check);
    await mistakesNobody(world, check);
    await nothingIsPolluted(world, attacker, check);
    note(
      `${all.length} operations, ${shapes.length + texts.length + numbers.length + bodies.length} payloads`,
    );
  },
};

type Send = (
  operation: Operation,
  request: Request,
  allowed: readonly number[],
  what: string,
) => Promise<Reply>;

async function aVictim(world: World): Promise<{ secrets: string[] }> {
  const victim = await world.signUp();
  return { secrets: [victim.email, await orders(world, victim, victim)] };
}

function requestTo(operation: Operation, { cookie }: Actor): Request {
  return {
    method: operation.method,
    path: samplePath(operation, () => newId()),
    // Nobody's session is ended, nor their account, by what is tried here.
    headers: operation.name === 'signOut' ? {} : { Cookie: cookie },
    ...(operation.takesJson && { body: operation.example }),
  };
}

// Half of a character has no form in a URL.
const encoded = (text: string) => encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\uFFFD'));

async function intoPath(operation: Operation, base: Request, send: Send): Promise<void> {
  if (!operation.path.includes('{')) return;
  for (const text of texts) {
    const path = samplePath(operation, () => encoded(text));
    // Spaces and nothing lead to the list, whose route it is then.
    const allowed = text.trim() === '' ? [200, 400, 401, 404] : [400, 404];
    await send(operation, { ...base, path }, allowed, `path ${JSON.stringify(text)}`);
  }
}

async function intoQuery(operation: Operation, base: Request, send: Send): Promise<void> {
  const names = operation.parameters.filter((one) => one.in === 'query').map(({ name }) => name);
  const never = [
    'x',
    '$where',
    '__proto__',
    'constructor',
    '__proto__[polluted]',
    'constructor[prototype][polluted]',
    ...names.flatMap((name) => [`${name}[$ne]`, `${name}[]`, `${name}.x`]),
  ];
  for (const name of never)
    await send(
      operation,
      { ...base, path: `${base.path}?${encodeURIComponent(name)}=1` },
      refusedInput,
      `query ${name}`,
    );
  for (const name of names) {
    await send(
      operation,
      { ...base, path: `${base.path}?${name}=1&${name}=2` },
      refusedInput,
      `${name} twice`,
    );
    for (const text of texts)
      await send(
        operation,
        { ...base, path: `${base.path}?${name}=${encoded(text)}` },
        [],
        `${name}=${text}`,
      );
  }
}

// A route that asks for things in another order may have refused the body, or the thing, before.
const refusedInput = [400, 404];

async function intoHeaders(operation: Operation, base: Request, send: Send): Promise<void> {
  const declared = operation.parameters.filter((one) => one.in === 'header').map(({ name }) => name);
  const names = new Set([
    ...declared,
    'X-Request-Id',
    'traceparent',
    'Accept',
    'Accept-Language',
    'User-Agent',
    'If-None-Match',
    'If-Match',
    'If-Modified-Since',
    'Range',
    'Idempotency-Key',
    'Origin',
    'Referer',
    'Stripe-Signature',
  ]);
  const sendable = texts.filter((text) => /^[\t -~\u0080-\u00ff]*$/.test(text) && text.length < 9_000);
  for (const name of names)
    for (const text of sendable)
      await send(operation, { ...base, headers: { ...base.headers, [name]: text } }, [], `${name}: ${text}`);
  for (const text of sendable)
    for (const Cookie of [
      `session=${text}`,
      `session=${Buffer.from(JSON.stringify({ jwt: text })).toString('base64')}`,
    ])
      await send(operation, { ...base, headers: { Cookie } }, [], `cookie ${text}`);
}

async function intoBody(operation: Operation, base: Request, send: Send): Promise<void> {
  for (const field of Object.keys(operation.example)) {
    const withField = (value: unknown) => ({ ...base, body: { ...operation.example, [field]: value } });
    for (const shape of shapes)
      await send(
        operation,
        withField(shape),
        isOptional(field) ? [] : refusedInput,
        `${field}: ${JSON.stringify(shape)}`,
      );
    for (const value of [...texts, ...numbers])
      await send(operation, withField(value), [], `${field}: ${value}`);
  }
  const Json = 'application/json';
  for (const body of bodies) {
    const headers = { ...base.headers, 'Content-Type': Json };
    await send(operation, { ...base, headers, body }, [400, 413], `body ${body}`);
  }
  const bomb = gzipSync(Buffer.alloc(20_000_000, ' '));
  const encodings: [encoding: string, body: Buffer, allowed: readonly number[]][] = [
    ['gzip', bomb, [413]],
    ['gzip', Buffer.from('{}'), [400]],
    ['klingon', Buffer.from('{}'), [415]],
  ];
  for (const [encoding, body, allowed] of encodings) {
    const headers = { ...base.headers, 'Content-Type': Json, 'Content-Encoding': encoding };
    await send(operation, { ...base, headers, body }, allowed, `${encoding} of ${body.length} bytes`);
  }
  const headers = { ...base.headers, 'Content-Type': `${Json}; charset=utf-16` };
  await send(operation, { ...base, headers, body: Buffer.from('{"a":1}', 'utf16le') }, [400, 415], 'UTF-16');
}

// Left out it is as good as null, and an empty object has nothing to refuse.
const isOptional = (field: string) => ['event', 'version'].includes(field);

/** What a client may not say of its ticket is not taken from it. */
async function addsNoFields(world: World, attacker: Actor, check: Check): Promise<void> {
  const foreign = {
    id: 'a'.repeat(24),
    _id: 'a'.repeat(24),
    userId: 'b'.repeat(24),
    status: 'sold',
    version: 7,
    currency: 'jpy',
    holds: {},
    orderId: 'c'.repeat(24),
    createdAt: 0,
    $set: { userId: 'b'.repeat(24) },
  };
  const body = { title: 'A seat', price: '9', ...foreign };
  const reply = await world.ask({
    method: 'POST',
    path: '/api/tickets',
    headers: { Cookie: attacker.cookie },
    body,
  });
  if (reply.status === 400) return check(true, 'unknown fields are refused');
  const { id, userId, status, version, currency, orderId } = reply.json as Record<string, unknown>;
  const taken = JSON.stringify({ userId, status, version, currency, orderId });
  const expected = JSON.stringify({ userId: attacker.id, status: 'available', version: 0, currency: 'usd' });
  check(taken === expected && id !== foreign.id, `a ticket takes over what its maker may not say: ${taken}`);
}

/** Two spellings of an e-mail address are one account, or one of them is refused. */
async function mistakesNobody(world: World, check: Check): Promise<void> {
  const email = `kate.${newId()}@example.com`;
  const signUp = (address: string) =>
    world.ask({
      method: 'POST',
      path: '/api/users/signup',
      body: { email: address, password: 'a horse of mine' },
    });
  check((await signUp(email)).status === 201, 'kate cannot sign up');
  const spellings = [
    email,
    email.toUpperCase(),
    ` ${email}\t`,
    email.replace('k', '\u212A'),
    email.replace('a', '\u0430'),
    email.replace('e', 'e\u0301'),
    email.replace('@', '\uFF20'),
    email.replace('.com', '\u3002com'),
    `${email}\u0000`,
    `${email}\r\n`,
    email.replace('kate', 'ka\u200Bte'),
    email.replace('kate', '\uFF4Bate'),
    `"kate"<${email}>`,
    `${email},evil@example.com`,
    `${email}%00`,
    email.replace('@', '%40'),
  ];
  for (const spelling of spellings) {
    const { status } = await signUp(spelling);
    check(
      [400, 409].includes(status),
      `${JSON.stringify(spelling)} is another account than ${email}: ${status}`,
    );
  }
}

async function nothingIsPolluted(world: World, attacker: Actor, check: Check): Promise<void> {
  const asks: Request[] = [
    { path: '/api/users/currentuser' },
    { path: '/api/orders' },
    { path: `/api/tickets/${newId()}` },
    { method: 'POST', path: '/api/tickets', body: { title: 'A seat', price: '9' } },
  ];
  for (const request of asks) {
    const reply = await world.ask({ ...request, headers: { Cookie: attacker.cookie } });
    check(!/polluted/.test(reply.text), `${request.path} has what was put on the prototype`);
    check(reply.status < 300 || reply.status === 404, `${request.path} is not as before: ${reply.status}`);
  }
}
