// Checks the promise *told all* on what clients were told of orders and tickets. Pure.

import type { OrderDocument } from './snapshot.js';

/** A state that a client was told; `at`: milliseconds since 1970. */
export type ToldState = Readonly<{ version: number; status: string; at: number }>;

/** What one client was told of one document, in this order. */
export type Watched = Readonly<{ id: string; states: readonly ToldState[] }>;

export type WatchedDocument = Pick<OrderDocument, '_id' | 'version' | 'status' | 'history'>;

type Options = Readonly<{
  /** when processes died: milliseconds since 1970 */
  deaths: readonly number[];
  /** the time after which the latest state must be known, if no process dies meanwhile */
  toldWithinMs: number;
}>;

/** States in between may be skipped; the latest one may not, nor one that was the latest for longer than `toldWithinMs`. */
export function findUntold(
  watched: readonly Watched[],
  stored: readonly WatchedDocument[],
  options: Options,
): string[] {
  const byId = new Map(stored.map((document) => [document._id, document]));
  return watched.flatMap((one) => {
    const document = byId.get(one.id);
    return document ? [...wrongAtTheEnd(one, document), ...skipped(one, document, options)] : [];
  });
}

function wrongAtTheEnd({ id, states }: Watched, { version, status }: WatchedDocument): string[] {
  const last = states.at(-1);
  if (last?.version === version && last.status === status) return [];
  const told = last ? `${last.status} (version ${last.version})` : 'nothing';
  return [`${id} is ${status} (version ${version}), and its client was last told ${told}`];
}

function skipped(
  { id, states }: Watched,
  { history }: WatchedDocument,
  { deaths, toldWithinMs }: Options,
): string[] {
  const watchedFrom = states[0]?.at ?? Infinity;
  return history.slice(0, -1).flatMap(({ at, to, version }, index) => {
    const next = history[index + 1] as (typeof history)[number];
    const until = next.at.getTime();
    const quietFrom = Math.max(at.getTime(), watchedFrom, ...deaths.filter((death) => death <= until));
    const isTold = states.some((state) => state.version >= version && state.version < next.version);
    if (isTold || until - quietFrom <= toldWithinMs) return [];
    return [`${id} was ${to} for ${until - quietFrom} ms without a fault, and its client was not told`];
  });
}
