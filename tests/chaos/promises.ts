// The promises, by name, judged on what is there when it is quiet again and on what people were told meanwhile. Pure.

import { isDone, type Op } from './history.js';
import type { OrderDocument, Snapshot } from './snapshot.js';

export const promises = [
  'one holder',
  'one outcome',
  'one charge',
  'one effect',
  'no lost event',
  'no early release',
] as const;
export type Promised = (typeof promises)[number];

export type Breach = Readonly<{
  promise: Promised;
  what: string;
  /** things that its history is about: ids of orders and tickets */
  about: readonly string[];
}>;

type Options = Readonly<{ streamLost?: boolean }>;
type Judge = (snapshot: Snapshot, ops: readonly Op[], options: Options) => Breach[];

/** Every promise that was not kept; with `streamLost` events may be missing in the stream, if only the copies agree. */
export function judge(snapshot: Snapshot, ops: readonly Op[], options: Options = {}): Breach[] {
  return [oneHolder, oneOutcome, oneCharge, oneEffect, noLostEvent, noEarlyRelease].flatMap((check) =>
    check(snapshot, ops, options),
  );
}

const ends = ['cancelled', 'complete'];
const endOf = (order: OrderDocument) => order.history.find(({ to }) => ends.includes(to));

const oneHolder: Judge = ({ orders }, ops) => {
  const breaches: Breach[] = [];
  const byId = new Map(orders.map((order) => [order._id, order]));
  const broken = (what: string, ...about: string[]) => breaches.push({ promise: 'one holder', what, about });
  for (const [ticket, rivals] of groupBy(orders, ({ ticket: { id } }) => id)) {
    const holding = rivals.filter(({ status }) => status !== 'cancelled').map(({ _id }) => _id);
    if (holding.length > 1) broken(`${holding.length} orders hold the ticket`, ticket, ...holding);
  }
  const placed = ops.filter((op) => op.what === 'order' && isDone(op));
  for (const { id, ref } of placed)
    if (id && !byId.has(id)) broken('an order that its buyer was given is gone', ref, id);
  // When a second buyer was told yes, the first order must have ended, if it was confirmed before the second was asked for.
  for (const [ticket, orderings] of groupBy(placed, ({ ref }) => ref))
    for (const first of orderings)
      for (const second of orderings) {
        if (first.id === second.id || first.until >= second.at) continue;
        const end = byId.get(first.id ?? '') && endOf(byId.get(first.id ?? '') as OrderDocument);
        if (!end || end.to !== 'cancelled' || end.at.getTime() > second.until)
          broken(
            'two buyers were told at the same time that it is theirs',
            ticket,
            `${first.id}`,
            `${second.id}`,
          );
      }
  return breaches;
};

const oneOutcome: Judge = ({ orders, events }, ops) => {
  const breaches: Breach[] = [];
  const broken = (what: string, id: string) => breaches.push({ promise: 'one outcome', what, about: [id] });
  const cancelled = new Set(ops.filter((op) => op.what === 'cancel' && isDone(op)).map(({ ref }) => ref));
  for (const { _id: id, history, status } of orders) {
    if (history.filter(({ to }) => ends.includes(to)).length > 1) broken('it ended twice', id);
    const told = new Set(events.get(id)?.map(({ type }) => type));
    if (told.has('order:completed') && told.has('order:cancelled')) broken('both endings were told', id);
    if (cancelled.has(id) && status !== 'cancelled')
      broken(`its buyer was told it is cancelled, it is ${status}`, id);
  }
  return breaches;
};

const oneCharge: Judge = ({ orders, intents, payments }, ops) => {
  const breaches: Breach[] = [];
  const byOrder = groupBy(intents, ({ orderId }) => orderId);
  const paymentOf = new Map(payments.map((payment) => [payment._id, payment]));
  const broken = (what: string, id: string) => breaches.push({ promise: 'one charge', what, about: [id] });
  for (const { _id: id, status, ticket } of orders) {
    const own = byOrder.get(id) ?? [];
    byOrder.delete(id);
    const kept = own.reduce((sum, { charged, refunded }) => sum + charged - refunded, 0);
    const owed = status === 'complete' ? ticket.priceInMinorUnits : 0;
    if (kept !== owed) broken(`a ${status} order of ${ticket.priceInMinorUnits} kept ${kept}`, id);
    if (own.filter(({ charged }) => charged > 0).length > 1) broken('it was charged more than once', id);
  }
  for (const [id, unknown] of byOrder)
    if (unknown.some(({ charged, refunded }) => charged > refunded))
      broken('money for an order that is not there', id);
  for (const { what, ref, status, body } of ops) {
    if (what !== 'pay' || !isDone({ status } as Op) || body?.['status'] !== 'succeeded') continue;
    const now = paymentOf.get(ref)?.status ?? 'gone';
    if (!['succeeded', 'refunded'].includes(now)) broken(`its buyer was told it is paid, it is ${now}`, ref);
  }
  return breaches;
};

// Who insists on an offer gives each one a title of its own.
const oneEffect: Judge = ({ tickets }, ops) => {
  const breaches: Breach[] = [];
  const broken = (what: string, about: readonly string[]) =>
    breaches.push({ promise: 'one effect', what, about });
  const made = groupBy(tickets, ({ userId, title }) => `${userId} ${title}`);
  for (const [key, asked] of groupBy(
    ops.filter((op) => op.key !== undefined),
    (op) => `${op.user} ${op.ref}`,
  )) {
    const stored = (made.get(key) ?? []).map(({ _id }) => _id);
    const told = asked.filter(isDone).flatMap(({ id }) => id ?? []);
    if (stored.length > 1) broken('a request that was sent again made more than one ticket', stored);
    if (told.some((id) => !stored.includes(id))) broken('a ticket that its seller was told of is gone', told);
  }
  return breaches;
};

const noLostEvent: Judge = (
  { orders, tickets, payments, events, differences, deadLetters, alarms },
  _ops,
  { streamLost },
) => {
  const breaches: Breach[] = [];
  const broken = (what: string, ...about: string[]) =>
    breaches.push({ promise: 'no lost event', what, about });
  const expect = (id: string, type: string, version: number, or = type) => {
    const wanted = [type, or].map((name) => `${name}/${id}/${version}`);
    if (!streamLost && !events.get(id)?.some((event) => wanted.includes(event.id)))
      broken(`${wanted[0]} is not in the stream`, id);
  };
  for (const { _id: id, version } of tickets)
    for (let v = 0; v <= version; v += 1)
      if (v === 0) expect(id, 'ticket:created', v);
      else expect(id, 'ticket:updated', v, 'ticket:withdrawn');
  const orderEvents: Record<string, string> = {
    created: 'order:created',
    cancelled: 'order:cancelled',
    complete: 'order:completed',
  };
  for (const { _id: id, history } of orders)
    for (const { to, version } of history) expect(id, `${orderEvents[to]}`, version);
  const paymentEvents: Record<string, string> = {
    succeeded: 'payment:created',
    refunded: 'payment:refunded',
  };
  for (const { _id: id, history } of payments)
    for (const { to, version } of history) if (paymentEvents[to]) expect(id, paymentEvents[to], version);
  for (const difference of differences) broken(difference, ...idsIn(difference));
  for (const letter of deadLetters)
    broken(`a dead letter: ${letter['type']}: ${letter['error']}`, ...idsIn(`${letter['body']}`));
  const expected = (alarm: string) => streamLost && alarm.includes('the stream lost its tail');
  for (const alarm of alarms.filter((line) => !expected(line))) broken(`an alarm: ${alarm.slice(0, 1_000)}`);
  return breaches;
};

const noEarlyRelease: Judge = ({ orders }) =>
  orders
    .filter((order) => order.reason === 'expired' && (endOf(order)?.at ?? new Date(0)) < order.expiresAt)
    .map(({ _id }) => ({ promise: 'no early release', what: 'it expired before its time', about: [_id] }));

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

const idsIn = (text: string): string[] => [...new Set(text.match(/\b[0-9a-f]{24}\b/g))];

/** All that is known of these things, in the order it happened. */
export function historyOf(ids: readonly string[], snapshot: Snapshot, ops: readonly Op[]): string[] {
  const lines: { at: number; text: string }[] = [];
  const mine = (id: string | undefined) => id !== undefined && ids.includes(id);
  for (const op of ops)
    if (mine(op.ref) || mine(op.id))
      lines.push({
        at: op.at,
        text: `client ${op.user} ${op.what} ${op.ref} → ${op.status} ${op.code ?? op.lost ?? ''} ${op.id ?? ''} (${op.until - op.at} ms)`,
      });
  for (const document of [...snapshot.orders, ...snapshot.tickets, ...snapshot.payments])
    if (mine(document._id))
      for (const { at, from, to, version, why } of document.history)
        lines.push({
          at: at.getTime(),
          text: `store ${document._id} ${from ?? '–'} → ${to} (version ${version}, ${why})`,
        });
  for (const id of ids)
    for (const event of snapshot.events.get(id) ?? [])
      lines.push({
        at: new Date(event.time).getTime(),
        text: `event ${event.id} ${JSON.stringify(event.data)}`,
      });
  for (const intent of snapshot.intents)
    if (mine(intent.orderId))
      lines.push({ at: Number.MAX_SAFE_INTEGER, text: `ledger ${JSON.stringify(intent)}` });
  return lines
    .sort((a, b) => a.at - b.at)
    .map(
      ({ at, text }) =>
        `${at === Number.MAX_SAFE_INTEGER ? 'at the end' : new Date(at).toISOString()} ${text}`,
    );
}
