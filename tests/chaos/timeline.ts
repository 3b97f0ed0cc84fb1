// The timeline of some orders and tickets in a chaos run. Pure.

import type { OrderDocument, Snapshot } from './snapshot.js';
import { askedIn, type Operation } from './workload/recording-client.js';

type TimelineEntry = Readonly<{ at: number; text: string }>;
// The ledger has no times: its lines come last.
const atTheEnd = Number.MAX_SAFE_INTEGER;

/** All requests, changes, events and charges about these ids, in order of time. */
export function timelineOf(
  ids: readonly string[],
  snapshot: Snapshot,
  history: readonly Operation[],
): string[] {
  const isAbout = (id: string | undefined) => id !== undefined && ids.includes(id);
  const isRequestAbout = (operation: Operation) =>
    [operation.target, operation.id, ...askedIn(operation).map(({ ticketId }) => ticketId)].some(isAbout);
  const requests = history.filter(isRequestAbout).map(requestEntry);
  const documents = [...snapshot.orders, ...snapshot.tickets, ...snapshot.payments];
  const changes = documents.filter(({ _id }) => isAbout(_id)).flatMap(changeEntries);
  const events = ids
    .flatMap((id) => snapshot.events.get(id) ?? [])
    .map(({ time, id, data }) => ({
      at: new Date(time).getTime(),
      text: `event ${id} ${JSON.stringify(data)}`,
    }));
  const charges = snapshot.intents
    .filter(({ orderId }) => isAbout(orderId))
    .map((intent) => ({ at: atTheEnd, text: `ledger ${JSON.stringify(intent)}` }));
  return [...requests, ...changes, ...events, ...charges]
    .sort((a, b) => a.at - b.at)
    .map(({ at, text }) => `${at === atTheEnd ? 'at the end' : new Date(at).toISOString()} ${text}`);
}

function requestEntry(operation: Operation): TimelineEntry {
  const { user, kind, target, status, code, error, id, startedAt, endedAt } = operation;
  const answer = `${status} ${code ?? error ?? ''} ${id ?? ''} (${endedAt - startedAt} ms)`;
  return { at: startedAt, text: `client ${user} ${kind} ${target} → ${answer}` };
}

function changeEntries({ _id, history }: Pick<OrderDocument, '_id' | 'history'>): TimelineEntry[] {
  return history.map(({ at, from, to, version, why }) => ({
    at: at.getTime(),
    text: `store ${_id} ${from ?? '–'} → ${to} (version ${version}, ${why})`,
  }));
}
