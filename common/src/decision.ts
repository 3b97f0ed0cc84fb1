// What a domain function answers. There are three answers and no fourth: the state changes and these
// events say so; it was so already; it is refused. A decision changes nothing by itself.

import type { DomainEvent } from './events/event.js';
import { Refusal } from './errors.js';

type Yes<S> = Readonly<{ outcome: 'accepted' | 'already'; state: S; events: readonly DomainEvent[] }>;
type No<C extends string> = Readonly<{ outcome: 'refused'; code: C }>;

export type Decision<S, C extends string = never> = Yes<S> | No<C>;

/** The state becomes `state`, and `events` are saved with it in the same write. */
export function accept<S>(state: S, ...events: readonly DomainEvent[]): Yes<S> {
  return { outcome: 'accepted', state, events };
}

/** The state is as asked already: nothing is written, nothing is published, repeating is safe. */
export function already<S>(state: S): Yes<S> {
  return { outcome: 'already', state, events: [] };
}

/** The state forbids it. `code` is kebab-case and part of the API. */
export function refuse<C extends string>(code: C): No<C> {
  return { outcome: 'refused', code };
}

/**
 * The state of an accepted decision, for a use case that answers HTTP.
 * @throws Refusal with the decision's code, which `handle` turns into the answer for that code.
 */
export function orThrow<S, C extends string>(decision: Decision<S, C>): S {
  if (decision.outcome === 'refused') throw new Refusal(decision.code);
  return decision.state;
}

/** Does a state of this version match what the client accepts? Undefined accepts every version. */
export const matchesVersion = (version: number, accepted: readonly number[] | undefined): boolean =>
  accepted === undefined || accepted.includes(version);
