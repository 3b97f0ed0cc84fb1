// Compares the state of each owner with the copies in other services. Pure: the input is the output of
// each service's command `snapshot`.
import type { SnapshotEntry } from '@ticketing/common/operator';

export const holders = ['tickets', 'orders', 'payments', 'expiration', 'notifications'] as const;
type Holder = (typeof holders)[number];

export type Snapshots = Readonly<Record<Holder, readonly SnapshotEntry[]>>;
export type Difference = Readonly<{
  about: SnapshotEntry['about'];
  id: string;
  holder: Holder;
  problem: string;
}>;

type Values = SnapshotEntry['values'];
type Rule = Readonly<{
  about: SnapshotEntry['about'];
  holder: Holder;
  /** Whether the holder must have a copy of a thing in this state. */
  requiresCopy: (owner: Values, now: Date) => boolean;
  /** Whether the holder may have a copy of a thing that its owner does not have. */
  mayHaveExtra?: boolean;
  /** Statuses of the owner that agree with a status of the copy, beside the same one. */
  agreeing?: Readonly<Record<string, readonly string[]>>;
}>;

/** The differences that an earlier comparison found too. An event in flight is a difference for a moment only. */
export function remaining(before: readonly Difference[], found: readonly Difference[]): Difference[] {
  const keyOf = ({ about, id, holder }: Difference) => `${about} ${id} ${holder}`;
  const known = new Set(before.map(keyOf));
  return found.filter((difference) => known.has(keyOf(difference)));
}

const expiryOf = (order: Values) => new Date(String(order['expiresAt'])).getTime();

const rules: readonly Rule[] = [
  { about: 'tickets', holder: 'orders', requiresCopy: () => true },
  // The tickets service forgets ended orders. One whose end it has missed still has a copy, with another status.
  {
    about: 'orders',
    holder: 'tickets',
    requiresCopy: ({ status }) => status === 'created' || status === 'complete',
  },
  // Nobody pays for a free order, so payments may miss its events when a broker is lost.
  {
    about: 'orders',
    holder: 'payments',
    requiresCopy: (order) => order['priceInMinorUnits'] !== 0,
  },
  {
    about: 'orders',
    holder: 'expiration',
    requiresCopy: (order, now) => order['status'] === 'created' && now.getTime() < expiryOf(order),
    mayHaveExtra: true,
  },
  // Orders that are older than notifications have no copy there.
  { about: 'orders', holder: 'notifications', requiresCopy: () => false },
  // An order learns only of a refund of the whole payment.
  {
    about: 'payments',
    holder: 'orders',
    requiresCopy: () => false,
    agreeing: { succeeded: ['refunding', 'partly-refunded'] },
  },
];

/** Every copy that is missing, that its owner does not know, or that has other values than its owner. */
export function findDifferences(snapshots: Snapshots, now: Date): Difference[] {
  return rules.flatMap((rule) => applyRule(rule, snapshots, now));
}

export function describeDifference({ about, id, holder, problem }: Difference): string {
  return `${about} ${id}: ${holder} ${problem}`;
}

function applyRule(
  { about, holder, agreeing = {}, ...rule }: Rule,
  snapshots: Snapshots,
  now: Date,
): Difference[] {
  const owners = valuesById(snapshots[about], about);
  const copies = valuesById(snapshots[holder], about);
  const missing = [...owners]
    .filter(([id, owner]) => !copies.has(id) && rule.requiresCopy(owner, now))
    .map(([id]) => ({ about, id, holder, problem: 'has no copy' }));
  const wrong = [...copies].flatMap(([id, copy]) => {
    const owner = owners.get(id);
    const problems = owner
      ? differentValues(copy, owner, about, agreeing)
      : [`has a copy that ${about} does not know`];
    if (!owner && rule.mayHaveExtra) return [];
    return problems.map((problem) => ({ about, id, holder, problem }));
  });
  return [...missing, ...wrong];
}

function differentValues(
  copy: Values,
  owner: Values,
  ownerName: string,
  agreeing: NonNullable<Rule['agreeing']>,
): string[] {
  const agrees = (name: string, value: Values[string]) =>
    value === owner[name] || (name === 'status' && agreeing[`${value}`]?.includes(`${owner[name]}`));
  return Object.entries(copy)
    .filter(([name, value]) => value !== undefined && !agrees(name, value))
    .map(([name, value]) => `has ${name} ${value}, but ${ownerName} has ${owner[name]}`);
}

/** The values with sorted places. */
function sorted(values: Values): Values {
  const { places } = values;
  return places === undefined
    ? values
    : { ...values, places: String(places).split(' ').filter(Boolean).sort().join(' ') };
}

function valuesById(
  entries: readonly SnapshotEntry[],
  about: SnapshotEntry['about'],
): ReadonlyMap<string, Values> {
  const byId = new Map<string, Values>();
  for (const entry of entries.filter((one) => one.about === about)) {
    const { id, values } = entry;
    const before = byId.get(id);
    byId.set(id, sorted(before ? merged(before, values) : values));
  }
  return byId;
}

// The tickets service has one entry per ticket of an order: together they have all its places, and the same other values.
function merged(one: Values, other: Values): Values {
  const both = Object.entries(other).map(([name, value]) => {
    const before = one[name];
    if (before === undefined || before === value) return [name, value];
    return [name, `${before} ${value}`];
  });
  return { ...one, ...(Object.fromEntries(both) as Values) };
}
