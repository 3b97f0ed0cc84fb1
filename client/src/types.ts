// The input, data and errors of an operation, derived from the generated types.

import type { operations } from './generated.js';

type Operations = operations;

type Streaming = {
  readonly responses: { readonly 200: { readonly content: { readonly 'text/event-stream': unknown } } };
};

/** The `operationId` of an operation, such as `placeOrder`; without those that answer a stream (watch.ts). */
export type OperationName = {
  [N in keyof Operations]: Operations[N] extends Streaming ? never : N;
}[keyof Operations];

type Json<T> = T extends { readonly content: { readonly 'application/json': infer Body } } ? Body : undefined;

// A body that may be left out is optional in the operation, and so is each of its fields.
type Body<O> = O extends { readonly requestBody?: infer Request }
  ? [NonNullable<Request>] extends [never]
    ? unknown
    : Json<NonNullable<Request>>
  : unknown;
type Part<O, P extends 'path' | 'query'> = O extends { readonly parameters: infer Parameters }
  ? P extends keyof Parameters
    ? NonNullable<Parameters[P]> extends never
      ? unknown
      : NonNullable<Parameters[P]>
    : unknown
  : unknown;

/** Path parameters, query parameters and body fields in one object. No operation uses a name twice. */
export type InputOf<N extends OperationName> = Part<Operations[N], 'path'> &
  Part<Operations[N], 'query'> &
  Body<Operations[N]>;

type Responses<N extends OperationName> = Operations[N]['responses'];
type Success = 200 | 201 | 202 | 204;

/** The body of a successful response; undefined for 204. */
export type DataOf<N extends OperationName> = {
  [S in keyof Responses<N>]: S extends Success ? Json<Responses<N>[S]> : never;
}[keyof Responses<N>];

type ErrorOf<Body> = Body extends { readonly errors: readonly (infer Item)[] } ? Item : never;

/** The union of the errors of an operation, each with its `code`. */
export type ProblemOf<N extends OperationName> = Problem &
  {
    [S in keyof Responses<N>]: S extends Success ? never : ErrorOf<Json<Responses<N>[S]>>;
  }[keyof Responses<N>];

/** An error. `message` is for people and may change; `field` is the path of the invalid input field. */
export type Problem = Readonly<{ code: string; message: string; field?: string }>;

/** The error codes of an operation. */
export type CodeOf<N extends OperationName> = ProblemOf<N>['code'];
