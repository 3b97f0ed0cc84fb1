// The system under attack, and its users.

import { createHmac, createPrivateKey, randomBytes } from 'node:crypto';
import { sessionKeys } from '@ticketing/common/http';
import { newId } from '@ticketing/common/id';
import { sessionKeyPair } from '@ticketing/common/testing/servers';
import { startSystem, unlimited, type System } from '../system/system.js';
import { ask, type Reply, type Request } from './ask.js';
import type { Findings } from './findings.js';
import { signToken, type EcKey } from './forged-tokens.js';
import { flawsOf } from './hygiene.js';
import type { Operation } from './operations.js';

export type Actor = Readonly<{ id: string; email: string; password: string; token: string; cookie: string }>;

export type World = Readonly<{
  system: System;
  /** the public address */
  gateway: string;
  webhookSecret: string;
  previousKey: string;
  /** by which auth and notifications sign the links in mails */
  accountLinkKey: string;
  /** by which auth signs sessions */
  signingKey: EcKey;
  /** Sends, counts and checks the answer (hygiene.ts). `base` is the gateway by default. */
  ask(request: Request, base?: string): Promise<Reply>;
  requests(): number;
  signUp(): Promise<Actor>;
}>;

export const services = ['auth', 'tickets', 'orders', 'expiration', 'payments', 'notifications'] as const;
export type Service = (typeof services)[number];

// An attack sends many requests of few users from one address.
const highLimits = {
  ...unlimited,
  SIGNIN_FAILURES_PER_ACCOUNT: '10000',
  SIGNIN_FAILURES_PER_ADDRESS: '10000',
  // The attack `card-testing` tries this limit.
  DECLINES_PER_ACCOUNT: '10',
  MAX_ACTIVE_ORDERS_PER_USER: '1000',
  HASHING_QUEUE: '10000',
  // Their many passwords wait for each other to be hashed.
  REQUEST_TIMEOUT_MS: '30000',
};

export async function openWorld(
  lines: (line: string) => void,
): Promise<World & { findings(to: Findings): void }> {
  const webhookSecret = `whsec_${randomBytes(32).toString('hex')}`;
  const previousKey = randomBytes(32).toString('hex');
  // The services accept both kinds of sessions, as in the middle of a change: the largest surface.
  const pair = sessionKeyPair();
  const jwtKeys = { JWT_KEY: randomBytes(32).toString('hex'), JWT_KEY_PREVIOUS: previousKey, ...pair };
  const accountLinkKey = randomBytes(32).toString('hex');
  const system = await startSystem(
    { ...highLimits, STRIPE_WEBHOOK_SECRET: webhookSecret, ACCOUNT_LINK_KEY: accountLinkKey, ...jwtKeys },
    lines,
  );
  let requests = 0;
  let findings: Findings | undefined;

  async function askAndCheck(request: Request, base = system.url('gateway')): Promise<Reply> {
    requests += 1;
    const reply = await ask(base, request);
    const path = short(request.path.replaceAll(/[0-9a-f]{24}/g, '<id>'));
    for (const flaw of flawsOf(request, reply))
      findings?.check(false, `${request.method ?? 'GET'} ${path} → ${reply.status}: ${flaw}`);
    return reply;
  }

  return {
    system,
    gateway: system.url('gateway'),
    webhookSecret,
    previousKey,
    accountLinkKey,
    signingKey: {
      privateKey: createPrivateKey(pair.JWT_PRIVATE_KEY),
      kid: sessionKeys(pair).signing?.keyid ?? '',
    },
    ask: askAndCheck,
    requests: () => requests,
    findings: (to) => (findings = to),
    signUp: () => signUp(askAndCheck),
  };
}

async function signUp(asking: World['ask']): Promise<Actor> {
  const email = `${newId()}@example.com`;
  const password = `a horse of ${newId()}`;
  const reply = await asking({ method: 'POST', path: '/api/users/signup', body: { email, password } });
  const cookie = sessionIn(reply);
  if (reply.status !== 201 || cookie === undefined)
    throw new Error(`Sign-up fails: ${reply.status} ${reply.text}`);
  const { jwt } = JSON.parse(Buffer.from(cookie, 'base64').toString('utf8')) as { jwt: string };
  return { id: (reply.json as { id: string }).id, email, password, token: jwt, cookie: `session=${cookie}` };
}

/** The value of the session cookie that a reply sets. */
export function sessionIn({ headers }: Reply): string | undefined {
  return /^session=([^;]+)/.exec(
    (headers['set-cookie'] ?? []).find((cookie) => cookie.startsWith('session=')) ?? '',
  )?.[1];
}

/** A `Stripe-Signature` header for a body. */
export function stripeSignature(
  body: string,
  secret: string,
  seconds = Math.floor(Date.now() / 1_000),
): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** The session cookie of a token. */
export const cookieOf = (token: string) =>
  `session=${Buffer.from(JSON.stringify({ jwt: token })).toString('base64')}`;

/** A session cookie of this user with the role of an operator. */
export const operatorCookieOf = ({ system }: World, { id, email }: Pick<Actor, 'id' | 'email'>) =>
  cookieOf(signToken({ id, email }, system.jwtKey, { role: 'operator' }));

/** The session cookie by which this user may send the operation. */
export const cookieFor = (world: World, { isForOperators }: Operation, actor: Actor) =>
  isForOperators ? operatorCookieOf(world, actor) : actor.cookie;

/** The token in a session cookie. */
export const tokenIn = (cookie: string) =>
  (JSON.parse(Buffer.from(cookie.replace('session=', ''), 'base64').toString('utf8')) as { jwt: string }).jwt;

/** The session id in a session cookie. */
export const sidIn = (cookie: string) =>
  (
    JSON.parse(Buffer.from(tokenIn(cookie).split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      sid: string;
    }
  ).sid;

export const codeOf = ({ json }: Reply) =>
  (json as { errors?: { code: string }[] } | undefined)?.errors?.[0]?.code;

export const short = (text: string) => (text.length > 80 ? `${text.slice(0, 77)}…` : text);

/** Runs `run` for every item, on `lanes` lanes at once. */
export async function forEachConcurrently<T>(
  lanes: number,
  all: readonly T[],
  run: (item: T, lane: number) => Promise<void>,
): Promise<void> {
  const items = all.values();
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (const item of items) await run(item, lane);
    }),
  );
}
