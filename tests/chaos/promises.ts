// Checks the promises of docs/promises.md on the final state and on the answers that clients received. Pure.

import {
  checkCounters,
  checkHolders,
  checkPrices,
  checkUnsold,
  checkWhole,
  groupByMany,
  releaseOf,
  type Report,
} from './places.js';
import type { PaymentDocument, Snapshot } from './snapshot.js';
import { isSuccess, type Operation } from './workload/recording-client.js';

export const promises = [
  'one holder per place',
  'no unsold place',
  'one outcome',
  'one charge',
  'one effect',
  'no lost event',
  'no early release',
] as const;
export type PromiseName = (typeof promises)[number];

export type Breach = Readonly<{
  promise: PromiseName;
  problem: string;
  /** of the orders and tickets in its timeline */
  ids: readonly string[];
}>;

type Options = Readonly<{
  streamLost?: boolean;
  expectedAlarm?: RegExp;
  /** by how much the clocks of clients and services may differ */
  clockDifferenceMs?: number;
}>;
type Check = (snapshot: Snapshot, history: readonly Operation[], options: Options) => Breach[];

/** All breaches. With `streamLost` events may be missing in the stream, as long as all copies agree. */
export function findBreaches(
  snapshot: Snapshot,
  history: readonly Operation[],
  options: Options = {},
): Breach[] {
  const checks = [oneHolder, noUnsoldPlace, oneOutcome, oneCharge, oneEffect, noLostEvent];
  return [...checks, noEarlyRelease].flatMap((check) => check(snapshot, history, options));
}

function breachesOf(promise: PromiseName) {
  const breaches: Breach[] = [];
  const report: Report = (problem, ...ids) => breaches.push({ promise, problem, ids });
  return { breaches, report };
}

const finalStatuses = ['cancelled', 'complete'];

const checkOf =
  (
    promise: PromiseName,
    check: (snapshot: Snapshot, history: readonly Operation[], report: Report, options: Options) => void,
  ): Check =>
  (snapshot, history, options) => {
    const { breaches, report } = breachesOf(promise);
    check(snapshot, history, report, options);
    return breaches;
  };

const oneHolder = checkOf('one holder per place', (snapshot, history, report, { clockDifferenceMs }) => {
  checkHolders(snapshot, history, report, clockDifferenceMs);
  checkWhole(snapshot, history, report);
});
const noUnsoldPlace = checkOf('no unsold place', checkUnsold);

const oneOutcome: Check = (snapshot, history) => {
  const { orders, events } = snapshot;
  const { breaches, report } = breachesOf('one outcome');
  const cancellations = history.filter((operation) => operation.kind === 'cancel' && isSuccess(operation));
  const cancelled = new Set(cancellations.map(({ target }) => target));
  for (const order of orders) {
    const { _id: id, history: changes, status } = order;
    const published = new Set(events.get(id)?.map(({ type }) => type));
    // The buyer may give a free ticket back.
    if (order.ticket.priceInMinorUnits > 0) {
      if (changes.filter(({ from, to }) => finalStatuses.includes(to) && from !== to).length > 1)
        report('the order ended twice', id);
      if (published.has('order:completed') && published.has('order:cancelled'))
        report('both outcomes were published', id);
    }
    if (published.has('order:cancelled') && published.has('order:refunded'))
      report('the order was cancelled and refunded', id);
    if (cancelled.has(id) && status !== 'cancelled')
      report(`the cancellation was confirmed, but the order is ${status}`, id);
  }
  return breaches;
};

const oneCharge: Check = (snapshot, history) => {
  const { orders, intents, payments } = snapshot;
  const { breaches, report } = breachesOf('one charge');
  const byOrder = groupBy(intents, ({ orderId }) => orderId);
  const paymentOf = new Map(payments.map((payment) => [payment._id, payment]));
  checkPrices(snapshot, report);
  for (const order of orders) {
    const { _id: id, status } = order;
    const total = order.ticket.priceInMinorUnits;
    const own = byOrder.get(id) ?? [];
    byOrder.delete(id);
    const kept = own.reduce((sum, { charged, refunded }) => sum + charged - refunded, 0) - lostIn(own);
    const owed = status === 'complete' ? total - recordedRefunds(paymentOf.get(id)) : 0;
    if (kept !== owed) report(`a ${status} order of ${total} kept ${kept}`, id);
    if (status === 'complete' && kept <= 0 && total > 0) report('a complete order was paid back in full', id);
    if (own.filter(({ charged }) => charged > 0).length > 1)
      report('the order was charged more than once', id);
  }
  for (const [id, unknown] of byOrder)
    if (unknown.some(({ charged, refunded }) => charged > refunded))
      report('an unknown order was charged', id);
  for (const operation of history) {
    const { kind, target, body } = operation;
    if (kind !== 'pay' || !isSuccess(operation) || body?.['status'] !== 'succeeded') continue;
    const status = paymentOf.get(target)?.status ?? 'missing';
    if (!charged.includes(status)) report(`the payment was confirmed, but it is ${status}`, target);
  }
  return breaches;
};

const charged = ['succeeded', 'refunding', 'partly-refunded', 'refunded'];

export const lostIn = (intents: Snapshot['intents']): number =>
  sumOf(intents.flatMap(({ disputes = [] }) => disputes.filter(({ status }) => status === 'lost')));

const sumOf = (parts: readonly { amount: number }[]): number =>
  parts.reduce((sum, { amount }) => sum + amount, 0);

const recordedRefunds = (payment: PaymentDocument | undefined): number =>
  sumOf(
    (payment?.refunds ?? [])
      .filter(({ status }) => status !== 'failed')
      .map(({ amountInMinorUnits: amount }) => ({ amount })),
  );

// Each retried offer has a title of its own.
const oneEffect: Check = ({ tickets }, history) => {
  const { breaches, report } = breachesOf('one effect');
  const created = groupBy(tickets, ({ userId, title }) => `${userId} ${title}`);
  const keyed = history.filter(({ idempotencyKey }) => idempotencyKey !== undefined);
  for (const [offer, attempts] of groupBy(keyed, ({ user, target }) => `${user} ${target}`)) {
    const stored = (created.get(offer) ?? []).map(({ _id }) => _id);
    const confirmed = attempts.filter(isSuccess).flatMap(({ id }) => id ?? []);
    if (stored.length > 1) report('a repeated request created more than one ticket', ...stored);
    if (confirmed.some((id) => !stored.includes(id))) report('a confirmed ticket is missing', ...confirmed);
  }
  return breaches;
};

// An order that gives places back stays complete.
const orderEvents: Readonly<Record<string, readonly string[]>> = {
  created: ['order:created'],
  cancelled: ['order:cancelled'],
  complete: ['order:completed', 'order:places-freed'],
  refunded: ['order:refunded'],
};
// A refund that fails leads back to an earlier status.
const paymentEvents: Readonly<Record<string, readonly string[]>> = {
  succeeded: ['payment:created', 'payment:refund-failed'],
  'partly-refunded': ['payment:partly-refunded', 'payment:refund-failed'],
  refunded: ['payment:refunded'],
};

const noLostEvent: Check = (snapshot, _history, { streamLost = false, expectedAlarm = /(?!)/ }) => {
  const { breaches, report } = breachesOf('no lost event');
  if (!streamLost)
    for (const { id, missing } of missingEvents(snapshot)) report(`${missing} is not in the stream`, id);
  checkCounters(snapshot, report);
  for (const difference of snapshot.differences) report(difference, ...idsIn(difference));
  for (const letter of snapshot.deadLetters)
    report(`a dead letter: ${letter['type']}: ${letter['error']}`, ...idsIn(`${letter['body']}`));
  // The alarm about the lost data itself is expected.
  const isExpected = (alarm: string) =>
    expectedAlarm.test(alarm) || (streamLost && alarm.includes('the stream lost its tail'));
  for (const alarm of snapshot.alarms.filter((line) => !isExpected(line)))
    report(`an alarm: ${alarm.slice(0, 1_000)}`);
  return breaches;
};

/** Events that changes in the stores must have published, but that are not in the stream. */
export function missingEvents({
  orders,
  tickets,
  payments,
  events,
}: Pick<Snapshot, 'orders' | 'tickets' | 'payments' | 'events'>) {
  const all: { id: string; missing: string }[] = [];
  const expect = (id: string, version: number, ...types: readonly string[]) => {
    const accepted = types.map((type) => `${type}/${id}/${version}`);
    if (!events.get(id)?.some((event) => accepted.includes(event.id)))
      all.push({ id, missing: `${accepted[0]}` });
  };
  for (const { _id: id, version } of tickets) {
    expect(id, 0, 'ticket:created');
    for (let v = 1; v <= version; v += 1) expect(id, v, 'ticket:updated', 'ticket:withdrawn');
  }
  for (const { _id: id, history } of orders)
    for (const { to, version } of history) expect(id, version, ...(orderEvents[to] ?? []));
  for (const { _id: id, history } of payments)
    for (const { to, version } of history) if (paymentEvents[to]) expect(id, version, ...paymentEvents[to]);
  return all;
}

const noEarlyRelease: Check = ({ orders }) => {
  const { breaches, report } = breachesOf('no early release');
  for (const order of orders)
    if (order.reason === 'expired' && (releaseOf(order)?.at ?? new Date(0)) < order.expiresAt)
      report('the order expired before its time', order._id);
  return breaches;
};

const groupBy = <T>(items: readonly T[], key: (item: T) => string) =>
  groupByMany(items, (item) => [key(item)]);

const idsIn = (text: string): string[] => [...new Set(text.match(/\b[0-9a-f]{24}\b/g))];
