// The result of a domain function. A decision changes nothing by itself; it has one of three outcomes:
//   accepted   the state becomes `state`, and `events` are saved with it in the same write
//   already    the state is as requested: nothing is written or published, so repeating is safe
//   refused    the state forbids the request; `code` says why

import type { DomainEvent } from './events/event.js';
import { Refusal, type RefusalOptions } from './errors.js';

type Granted<S> = Readonly<{ outcome: 'accepted' | 'already'; state: S; events: readonly DomainEvent[] }>;
type Refused<C extends string> = Readonly<{ outcome: 'refused'; code: C }> & RefusalOptions;

/** A decision about a state `S` that may be refused with one of the codes `C`. */
export type Decision<S, C extends string = never> = Granted<S> | Refused<C>;

/** The state becomes `state`; `events` are saved in the same write. */
export function accept<S>(state: S, ...events: readonly DomainEvent[]): Granted<S> {
  return { outcome: 'accepted', state, events };
}

/** The state is as requested: nothing is written or published. */
export function already<S>(state: S): Granted<S> {
  return { outcome: 'already', state, events: [] };
}

/** The state forbids the request. `code` is kebab-case and part of the API. */
export function refuse<C extends string>(code: C, options: RefusalOptions = {}): Refused<C> {
  return { outcome: 'refused', code, ...options };
}

/**
 * The state of a decision. A route uses the `orThrow` of its input, which accepts declared codes only.
 * @throws Refusal with the code of a refused decision
 */
export function orThrow<S, C extends string>(decision: Decision<S, C>): S {
  if (decision.outcome === 'refused') throw new Refusal(decision.code, decision);
  return decision.state;
}

/** Does a version match what the client accepts? Undefined accepts every version. */
export const matchesVersion = (version: number, accepted: readonly number[] | undefined): boolean =>
  accepted === undefined || accepted.includes(version);
