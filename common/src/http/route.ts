// A route is data: who may call it, what goes in, what comes out, how it may be refused. `handle` keeps that declaration
// beside the handler, so that tests walk the routes and the API description is generated from them.
// Checks come in the order of the design: another origin 403, signed in 401, input 400, exists 404, yours 403, state 409.

import cookieSession from 'cookie-session';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import { InvalidInput, NotFound, Refusal } from '../errors.js';
import type { Cause } from '../observability/trace.js';
import type { Answer } from './answers.js';
import { versionsIn } from './conditional.js';
import { verifyToken, type Keys, type User } from './session.js';

type Who = 'required' | 'optional' | 'anyone';

/** Only with a valid session: 401 otherwise. */
export const required = 'required';
/** The user when there is a valid session. */
export const optional = 'optional';
/** Whoever it is: the handler does not learn who is signed in. */
export const anyone = 'anyone';

type UserFor<W extends Who> = W extends 'required'
  ? User
  : W extends 'optional'
    ? User | undefined
    : undefined;

/** How a handler starts and ends the session of the browser that asks. */
export type SessionControl = Readonly<{ start(token: string): void; end(): void }>;

export type Declaration<W extends Who = Who, P = unknown, Q = unknown, B = unknown> = Readonly<{
  /** the operation's name in the API description, that of the use case: 'placeOrder' */
  name: string;
  /** one short sentence for somebody who reads the API description */
  summary: string;
  user: W;
  /** path parameters; one that does not fit is 404 */
  params?: z.ZodType<P>;
  /** without it every query parameter is refused */
  query?: z.ZodType<Q>;
  body?: z.ZodType<B>;
  /** the handler gets the body's bytes, unparsed (a signature covers them) */
  rawBody?: boolean;
  /** request headers that the use case reads */
  headers?: readonly string[];
  answers: Readonly<Record<number, z.ZodType>>;
  refusals?: readonly string[];
  /**
   * It is about one thing with a version: success answers its `ETag`. GET then answers 304 when the client has it, PUT and
   * DELETE take `If-Match`.
   */
  versioned?: true;
  /** an `Idempotency-Key` makes it take effect once, however often it is sent (repeatable.ts) */
  idempotent?: true;
  /** what success does to the session of the browser that asks */
  session?: 'begins' | 'ends';
}>;

export type Input<W extends Who, P, Q, B> = Readonly<{
  user: UserFor<W>;
  params: P;
  query: Q;
  /** the query as it was sent, for a link that leads on in it */
  rawQuery: Readonly<Record<string, unknown>>;
  body: B;
  cause: Cause;
  session: SessionControl;
  /** the client's address, by as many proxies as TRUST_PROXY says */
  address: string;
  header(name: string): string | undefined;
  /** the versions that `If-Match` accepts; undefined: any */
  ifMatch: readonly number[] | undefined;
}>;

/** The input of an endpoint whose declaration is not known. */
export type AnyInput = Input<Who, unknown, unknown, unknown>;

export type Endpoint = Readonly<{
  declaration: Declaration;
  /** @throws InvalidInput, NotFound when the request does not fit the declaration */
  read: (request: Request, response: Response) => AnyInput;
  use: (input: AnyInput) => Promise<Answer>;
}>;

/** Declares an endpoint; `use` gets what has been checked and returns the answer. */
export function handle<W extends Who, P = undefined, Q = undefined, B = undefined>(
  declaration: Declaration<W, P, Q, B>,
  use: (input: Input<W, P, Q, B>) => Promise<Answer>,
): Endpoint {
  const query = declaration.query ?? z.strictObject({});
  return {
    declaration: declaration as Declaration,
    read(request, response) {
      const user = declaration.user === 'anyone' ? undefined : userOf(response);
      return {
        user,
        query: parse(query, request.query),
        rawQuery: request.query,
        body: declaration.body ? parse(declaration.body, request.body) : request.body,
        params: parsePath(declaration.params, request.params),
        cause: { ...(response.locals['cause'] as Cause), by: user ? `user:${user.id}` : 'anonymous' },
        session: sessionControl(request),
        address: request.ip ?? '',
        header: (name: string) => request.get(name),
        ifMatch: declaration.versioned ? versionsIn(request.get('if-match')) : undefined,
      };
    },
    use: (input) => use(input as Input<W, P, Q, B>),
  };
}

function parse(schema: z.ZodType, input: unknown): unknown {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message, code, ...issue }) => ({
    field: code === 'unrecognized_keys' && 'keys' in issue ? issue.keys.join(', ') : path.join('.'),
    message,
  }));
  throw new InvalidInput(
    issues.map(({ field, message }) => (field === '' ? { message } : { field, message })),
  );
}

function parsePath(schema: z.ZodType | undefined, input: unknown): unknown {
  const result = schema?.safeParse(input);
  if (result?.success === false) throw new NotFound('path');
  return result?.data;
}

function sessionControl(request: Request): SessionControl {
  return {
    start: (token) => (request.session = { jwt: token }),
    end: () => (request.session = null),
  };
}

type SessionSettings = Readonly<{
  keys: Keys;
  /** whether this session was ended before its token expires */
  isRevoked: (sid: string) => boolean;
  secure: 'auto' | 'true' | 'false';
}>;

/** The middlewares that stand before an endpoint's handler, in order. */
export function middlewaresFor(method: string, declaration: Declaration): RequestHandler[] {
  return [
    ...(method === 'get' ? [] : [refuseOtherOrigins]),
    ...(declaration.user === 'required' ? [refuseStrangers] : []),
    ...(declaration.rawBody ? [rawBody] : []),
    ...(declaration.body ? [refuseOtherMedia, jsonBody] : []),
  ];
}

const jsonBody = express.json({ limit: '100kb', type: () => true });
const rawBody = express.raw({ limit: '1mb', type: () => true });

function refuseOtherMedia(request: Request, _response: Response, next: NextFunction): void {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody && !request.is('application/json')) throw new Refusal('unsupported-media-type');
  next();
}

// Cookies alone do not prove that our own page is asking. Clients that are no browsers send neither header.
function refuseOtherOrigins(request: Request, _response: Response, next: NextFunction): void {
  const site = request.get('sec-fetch-site');
  const origin = request.get('origin');
  const foreign =
    site === undefined
      ? origin !== undefined && hostOf(origin) !== request.host
      : !['same-origin', 'none'].includes(site);
  if (foreign) throw new Refusal('cross-origin');
  next();
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** Finds out who is signed in, before anything is counted. */
export function readSession(settings: SessionSettings): RequestHandler[] {
  return [readCookie(settings), identify(settings)];
}

/** Who is signed in. */
export function userOf({ locals }: Response): User | undefined {
  return locals['user'] as User | undefined;
}

function readCookie({ secure }: SessionSettings): RequestHandler {
  const options = { name: 'session', signed: false, httpOnly: true, sameSite: 'lax' as const, path: '/' };
  const read = cookieSession(secure === 'auto' ? options : { ...options, secure: secure === 'true' });
  return (request, response, next) => {
    // Most who only look are nobody, and need not pay for cookies.
    if (request.method === 'GET' && request.headers.cookie === undefined) return next();
    read(request, response, () => {
      // `true` means that something before us ends TLS. Without this the cookie would be dropped in silence.
      if (secure === 'true') Object.defineProperty(request, 'protocol', { value: 'https' });
      next();
    });
  };
}

function identify({ keys, isRevoked }: SessionSettings): RequestHandler {
  return (request, response, next) => {
    const token = bearerOf(request.get('authorization')) ?? request.session?.['jwt'];
    const bearer = typeof token === 'string' ? verifyToken(token, keys) : undefined;
    if (bearer && !isRevoked(bearer.sid)) response.locals['user'] = bearer;
    next();
  };
}

function refuseStrangers(_request: Request, response: Response, next: NextFunction): void {
  if (!userOf(response)) throw new Refusal('not-signed-in');
  next();
}

function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
}
