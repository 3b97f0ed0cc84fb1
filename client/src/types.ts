// What an operation takes and answers, read from the generated types.

import type { operations } from './generated.js';

type Operations = operations;

/** `placeOrder` and so on: what the API description calls its operations. */
export type OperationName = keyof Operations;

type Json<T> = T extends { readonly content: { readonly 'application/json': infer Body } } ? Body : undefined;

type Body<O> = O extends { readonly requestBody: infer Request } ? Json<Request> : unknown;
type Part<O, P extends 'path' | 'query'> = O extends { readonly parameters: infer Parameters }
  ? P extends keyof Parameters
    ? NonNullable<Parameters[P]> extends never
      ? unknown
      : NonNullable<Parameters[P]>
    : unknown
  : unknown;

/** Path and query parameters and the fields of the body, together: no operation uses a name twice. */
export type InputOf<N extends OperationName> = Part<Operations[N], 'path'> &
  Part<Operations[N], 'query'> &
  Body<Operations[N]>;

type Responses<N extends OperationName> = Operations[N]['responses'];
type Success = 200 | 201 | 202 | 204;

/** What it answers when it succeeds; nothing for 204. */
export type DataOf<N extends OperationName> = {
  [S in keyof Responses<N>]: S extends Success ? Json<Responses<N>[S]> : never;
}[keyof Responses<N>];

type ErrorOf<Body> = Body extends { readonly errors: readonly (infer One)[] } ? One : never;

/** The union of the refusals that it may answer, each with its `code`. */
export type ProblemOf<N extends OperationName> = Problem &
  {
    [S in keyof Responses<N>]: S extends Success ? never : ErrorOf<Json<Responses<N>[S]>>;
  }[keyof Responses<N>];

export type Problem = Readonly<{ code: string; message: string; field?: string }>;

/** The codes by which it may refuse. */
export type CodeOf<N extends OperationName> = ProblemOf<N>['code'];
