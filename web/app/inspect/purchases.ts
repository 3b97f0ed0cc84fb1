// Groups the steps by purchase.

import type { ProcessStep, Step } from './feed.js';

export type Purchase = Readonly<{
  orderId: string;
  title: string | undefined;
  price: Readonly<{ amount: string; currency: string }> | undefined;
  places: number | undefined;
  /** `created`, `complete`, `cancelled` or `refunded`; undefined before the order is stored */
  status: string | undefined;
  steps: readonly Step[];
  /** processes that were killed meanwhile */
  kills: number;
  charges: number;
}>;

/** The purchases, the newest first. */
export function purchasesIn(steps: readonly Step[]): Purchase[] {
  const byOrder = new Map<string, Step[]>();
  for (const step of steps) {
    if (step.kind === 'process' || step.orderId === undefined) continue;
    byOrder.set(step.orderId, [...(byOrder.get(step.orderId) ?? []), step]);
  }
  const processes = steps.filter((step) => step.kind === 'process');
  return [...byOrder]
    .filter(([, own]) => own.some(isBegin))
    .map(([orderId, own]) => purchaseOf(orderId, own, processes))
    .toSorted((a, b) => (b.steps[0]?.number ?? 0) - (a.steps[0]?.number ?? 0));
}

function purchaseOf(orderId: string, own: readonly Step[], processes: readonly ProcessStep[]): Purchase {
  const status = statusIn(own);
  const first = own[0]?.number ?? 0;
  // The kill of a process belongs to every purchase that is under way.
  const last = status === 'created' ? Infinity : (own.at(-1)?.number ?? 0);
  const meanwhile = processes.filter(({ number }) => number > first && number < last);
  return {
    ...{ orderId, status, ...offerIn(own) },
    steps: inOrder([...own, ...meanwhile]),
    kills: meanwhile.filter(({ what }) => what === 'killed').length,
    charges: new Set(own.map(chargeIn).filter(Boolean)).size,
  };
}

/** In the order of causes: an event follows the write that stored it, although this page may hear it later. */
function inOrder(steps: readonly Step[]): Step[] {
  const storedAt = new Map(
    steps.flatMap((step) =>
      step.kind === 'document' ? step.events.map((id) => [id, step.at] as const) : [],
    ),
  );
  const passed = new Set<string>();
  const placed = steps.map((step) => {
    if (step.kind !== 'event' || passed.has(step.id)) return step;
    passed.add(step.id);
    return { ...step, at: storedAt.get(step.id) ?? step.at };
  });
  const rank = ({ kind, at }: Step) => `${at} ${{ process: 0, document: 1, event: 2 }[kind]}`;
  return placed.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

// A service that starts again repeats events of earlier purchases. Those purchases are not under way.
const isBegin = (step: Step): boolean =>
  step.kind === 'document' &&
  step.service === 'orders' &&
  step.collection === 'orders' &&
  step.what === 'insert';

/** The id of the charge, in an event that tells of one. An event may come twice. */
const chargeIn = (step: Step): string | undefined =>
  step.kind === 'event' && step.type === 'payment:created'
    ? (step.data as { stripeId: string }).stripeId
    : undefined;

function statusIn(steps: readonly Step[]): string | undefined {
  const stored = steps.findLast(
    (step) =>
      step.kind === 'document' && step.service === 'orders' && step.collection === 'orders' && step.status,
  );
  return stored?.kind === 'document' ? stored.status : undefined;
}

type Placed = Readonly<{
  ticket: Readonly<{ title: string; price: string; currency: string }>;
  items?: readonly Readonly<{ title: string; places: readonly number[] }>[];
}>;

function offerIn(steps: readonly Step[]): Pick<Purchase, 'title' | 'price' | 'places'> {
  const placed = steps.find((step) => step.kind === 'event' && step.type === 'order:created');
  if (placed?.kind !== 'event') return { title: undefined, price: undefined, places: undefined };
  const { ticket, items } = placed.data as Placed;
  return {
    title: items?.map(({ title }) => title).join(' + ') ?? ticket.title,
    price: { amount: ticket.price, currency: ticket.currency },
    places: items?.reduce((sum, { places }) => sum + places.length, 0) ?? 1,
  };
}

export type Line = Readonly<{
  step: Step;
  /** the number of equal steps one after the other */
  times: number;
  /** the event was on the bus before */
  isRepeated: boolean;
}>;

/** The steps as lines for a newcomer: without the bookkeeping of services, and with equal steps merged. */
export function linesOf(steps: readonly Step[]): Line[] {
  const lines: Line[] = [];
  const passed = new Set<string>();
  for (const step of steps.filter(isTelling)) {
    const last = lines.at(-1);
    if (last && step.kind === 'document' && nameOf(last.step) === nameOf(step)) {
      lines[lines.length - 1] = { ...last, times: last.times + 1 };
      continue;
    }
    const name = nameOf(step);
    lines.push({ step, times: 1, isRepeated: step.kind === 'event' && passed.has(name) });
    passed.add(name);
  }
  return lines;
}

const isTelling = (step: Step): boolean =>
  step.kind !== 'document' || step.fields.some((field) => field !== 'claim' && field !== 'nextTryAt');

function nameOf(step: Step): string {
  if (step.kind === 'event') return step.id;
  if (step.kind === 'process') return `${step.number}`;
  return [step.service, step.collection, step.what, step.status, step.version].join(' ');
}
