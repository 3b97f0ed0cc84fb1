// A route is data: who may call it, its input, its answers and its refusals. `handle` keeps this declaration beside the
// handler, so that tests and the API description read the routes themselves.
// Checks run in this order: other origin 403, not signed in 401, no operator 403, input 400, not found 404, not permitted 403, state 409.

import type { Request, Response } from 'express';
import { z } from 'zod';
import { orThrow, type Decision } from '../decision.js';
import { Refusal } from '../errors.js';
import type { Cause } from '../observability/trace.js';
import type { Answer } from './answers.js';
import { versionsIn } from './conditional.js';
import { parseInput, parsePath } from './input.js';
import { sessionControl, userOf, type SessionControl } from './session-cookie.js';
import type { User } from './session.js';
import { openObjectsIn } from './strict-body.js';

export type Access = 'required' | 'operator' | 'optional' | 'anyone';

/** Requires a valid session; answers 401 without one. */
export const required = 'required';
/** Requires the session of an operator; answers 401 without a session and 403 without the role. */
export const operator = 'operator';
/** Passes the user if there is a valid session. */
export const optional = 'optional';
/** No authentication; the handler receives no user. */
export const anyone = 'anyone';

type UserFor<A extends Access> = A extends 'required' | 'operator'
  ? User
  : A extends 'optional'
    ? User | undefined
    : undefined;

/** The declaration of a route. `C` are the refusal codes that it may answer besides those of every service. */
export type Declaration<
  A extends Access = Access,
  P = unknown,
  Q = unknown,
  B = unknown,
  C extends string = string,
> = Readonly<{
  /** The operation's name in the API description, which is the name of the use case: `placeOrder`. */
  name: string;
  /** One short sentence for readers of the API description. */
  summary: string;
  user: A;
  /** Path parameters. A mismatch answers 404. */
  params?: z.ZodType<P>;
  /** Query parameters. Without a schema every parameter is refused. */
  query?: z.ZodType<Q>;
  /** Every object in it is strict: an unknown field answers 400. */
  body?: z.ZodType<B>;
  /** The handler receives the unparsed bytes of the body, for example to verify a signature. */
  rawBody?: boolean;
  /** Request headers that the handler reads. */
  headers?: readonly string[];
  answers: Readonly<Record<number, z.ZodType>>;
  refusals?: readonly C[];
  /** The answer carries an `ETag`. GET then supports `If-None-Match`; other handlers may use `ifMatch`. */
  versioned?: true;
  /** The request may carry an `Idempotency-Key` and then takes effect once (idempotency.ts). */
  idempotent?: true;
  /** Success is a stream: each message is the answer's schema, or with `several` a part of its array. */
  streams?: 'one' | 'several';
  /** The effect of success on the session of the browser. */
  session?: 'begins' | 'ends';
}>;

/** The input of a handler. */
export type Input<A extends Access, P, Q, B, C extends string> = Readonly<{
  user: UserFor<A>;
  params: P;
  query: Q;
  /** The query as sent, for links to the next page. */
  rawQuery: Readonly<Record<string, unknown>>;
  body: B;
  cause: Cause;
  session: SessionControl;
  /** The client's address, as seen through TRUST_PROXY proxies. */
  address: string;
  header(name: string): string | undefined;
  /** The versions that `If-Match` accepts; undefined accepts every version. */
  ifMatch: readonly number[] | undefined;
  /**
   * The state of a decision. Compiles only if the route declares all codes of the decision.
   * @throws Refusal if the decision is refused
   */
  orThrow<S>(decision: Decision<S, C>): S;
  /** A refusal to throw, with a code that the route declares. */
  refusal(code: C): Refusal;
}>;

/** The input of an endpoint whose declaration is not known. */
export type AnyInput = Input<Access, unknown, unknown, unknown, string>;

/** A declaration with its handler. */
export type Endpoint<A extends Access = Access, C extends string = string> = Readonly<{
  declaration: Declaration<A, unknown, unknown, unknown, C>;
  /** @throws InvalidInput, NotFound if the request does not match the declaration */
  read: (request: Request, response: Response) => AnyInput;
  use: (input: AnyInput) => Promise<Answer>;
}>;

/**
 * Declares an endpoint.
 * @param use receives the checked input and returns the answer
 * @throws Error if the body accepts unknown fields, so that its service does not start
 */
export function handle<
  A extends Access,
  P = undefined,
  Q = undefined,
  B = undefined,
  const C extends string = never,
>(
  declaration: Declaration<A, P, Q, B, C>,
  use: (input: Input<A, P, Q, B, C>) => Promise<Answer>,
): Endpoint<A, C> {
  const query = declaration.query ?? z.strictObject({});
  requireStrict(declaration);
  return {
    declaration: declaration as Declaration<A, unknown, unknown, unknown, C>,
    read(request, response) {
      const user = declaration.user === 'anyone' ? undefined : userOf(response);
      return {
        user,
        query: parseInput(query, request.query),
        rawQuery: request.query,
        body: declaration.body ? parseInput(declaration.body, request.body) : request.body,
        params: parsePath(declaration.params, request.params),
        cause: { ...(response.locals['cause'] as Cause), by: byOf(declaration.user, user) },
        session: sessionControl(request),
        address: request.ip ?? '',
        header: (name: string) => request.get(name),
        ifMatch: declaration.versioned ? versionsIn(request.get('if-match')) : undefined,
        orThrow,
        refusal: (code) => new Refusal(code),
      };
    },
    use: (input) => use(input as unknown as Input<A, P, Q, B, C>),
  };
}

const byOf = (access: Access, user: User | undefined): string =>
  user ? `${access === 'operator' ? 'operator' : 'user'}:${user.id}` : 'anonymous';

function requireStrict({ name, body }: Pick<Declaration, 'name' | 'body'>): void {
  const open = body ? openObjectsIn(body) : [];
  if (open.length > 0)
    throw new Error(`${name} accepts unknown fields in ${open.join(', ')}: declare z.strictObject.`);
}

/** An endpoint at a path. */
export type Route<A extends Access = Access, C extends string = string> = Readonly<{
  method: 'get' | 'post' | 'put' | 'delete';
  path: string;
  endpoint: Endpoint<A, C>;
}>;

type Declare = <A extends Access, C extends string>(path: string, endpoint: Endpoint<A, C>) => Route<A, C>;

export const get: Declare = (path, endpoint) => ({ method: 'get', path, endpoint });
export const post: Declare = (path, endpoint) => ({ method: 'post', path, endpoint });
export const put: Declare = (path, endpoint) => ({ method: 'put', path, endpoint });
export const del: Declare = (path, endpoint) => ({ method: 'delete', path, endpoint });
