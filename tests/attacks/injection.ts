// Query operators, wrong types and odd texts in every input of every operation.

import { newId } from '@ticketing/common/id';
import type { Request } from './ask.js';
import type { Attack } from './attack.js';
import { operations, samplePath, type Operation } from './operations.js';
import { placeOrder } from './people.js';
import { triesOf } from './tries.js';
import { codeOf, cookieFor, forEachConcurrently, short, type World } from './world.js';

type Check = (isSo: boolean, what: string) => void;

const lanes = 48;

export const injection: Attack = {
  about: 'operators, wrong types and odd texts in every input',
  async run(world, { check, note }) {
    // One account per lane, because the concurrent password checks of an account are limited.
    const attackers = await Promise.all(Array.from({ length: lanes }, () => world.signUp()));
    const cookies = attackers.map(({ cookie }) => cookie);
    const grace = await world.signUp();
    const { secrets } = await aVictim(world);
    const all = operations();
    const tries = all.flatMap((operation) =>
      [...triesOf(operation, requestTo(operation))].map((attempt) => ({ ...attempt, operation })),
    );
    // Runs in parallel: a command with an unknown id waits a second for its event.
    await forEachConcurrently(lanes, tries, async ({ operation, request, allowed, what }, lane) => {
      const cookie = operation.isForOperators ? cookieFor(world, operation, grace) : cookies[lane];
      const reply = await world.ask(withSession(operation, request, cookie ?? ''));
      const result = `${operation.name}: ${short(what)} → ${reply.status} ${codeOf(reply) ?? ''}`;
      check(allowed.length === 0 ? reply.status < 500 : allowed.includes(reply.status), result);
      check(!secrets.some((secret) => reply.text.includes(secret)), `${result} shows another user's data`);
      check(reply.headers['x-injected'] === undefined, `${result} sets the attacker's header`);
    });
    await mistakesNobody(world, check);
    for (const cookie of cookies) await nothingIsPolluted(world, cookie, check);
    note(`${all.length} operations, ${tries.length} tries`);
  },
};

async function aVictim(world: World): Promise<{ secrets: string[] }> {
  const victim = await world.signUp();
  return { secrets: [victim.email, await placeOrder(world, victim, await world.signUp())] };
}

/** The request with this cookie, unless it has one of its own. */
function withSession({ name }: Operation, request: Request, Cookie: string): Request {
  // These tries must end no session and no account.
  return name === 'signOut' ? request : { ...request, headers: { Cookie, ...request.headers } };
}

function requestTo(operation: Operation): Request {
  const body: Record<string, unknown> = { ...operation.example };
  // A new address in each try: this attack does not test concurrent sign-ins to one account.
  const email = { enumerable: true, get: () => `${newId()}@example.com` };
  if ('email' in body) Object.defineProperty(body, 'email', email);
  return {
    method: operation.method,
    path: samplePath(operation, () => newId()),
    ...(operation.takesJson && { body }),
  };
}

/** Two spellings of an e-mail address are one account, or the second is refused. */
async function mistakesNobody(world: World, check: Check): Promise<void> {
  const email = `kate.${newId()}@example.com`;
  const signUp = (address: string) =>
    world.ask({
      method: 'POST',
      path: '/api/users/signup',
      body: { email: address, password: 'a horse of mine' },
    });
  check((await signUp(email)).status === 201, 'sign-up fails');
  const spellings = [
    email,
    email.toUpperCase(),
    ` ${email}\t`,
    email.replace('k', '\u212A'),
    email.replace('a', '\u0430'),
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
      `${JSON.stringify(spelling)} is a different account from ${email}: ${status}`,
    );
  }
}

async function nothingIsPolluted(world: World, Cookie: string, check: Check): Promise<void> {
  const asks: Request[] = [
    { path: '/api/users/currentuser' },
    { path: '/api/orders' },
    { path: `/api/tickets/${newId()}` },
    { method: 'POST', path: '/api/tickets', body: { title: 'A seat', price: '9' } },
  ];
  for (const request of asks) {
    const reply = await world.ask({ ...request, headers: { Cookie } });
    check(!/polluted/.test(reply.text), `${request.path} shows a polluted prototype`);
    check(reply.status < 300 || reply.status === 404, `${request.path} changed its status: ${reply.status}`);
  }
}
