// Compares what owners say with the copies that others keep. Pure: the facts come from each service's command `facts`.

import type { SnapshotEntry } from '@ticketing/common/operator';

export type Service = 'tickets' | 'orders' | 'payments' | 'expiration';
export type Facts = Readonly<Record<Service, readonly SnapshotEntry[]>>;
export type Difference = Readonly<{
  about: SnapshotEntry['about'];
  id: string;
  holder: Service;
  what: string;
}>;

type Values = SnapshotEntry['values'];
type Rule = Readonly<{
  about: SnapshotEntry['about'];
  holder: Service;
  /** Must there be a copy of a thing that its owner describes so? */
  wanted: (owner: Values, now: Date) => boolean;
  /** may outlive the thing, or be about what its owner does not know */
  mayBeMore?: boolean;
}>;

// tickets forgets cancelled holds a week and a day after their window, and takes none that comes so late (design, rule 5).
const forgottenAfterMs = 7 * 24 * 3_600_000;
const isDueAt = (owner: Values) => new Date(String(owner['expiresAt'])).getTime();

const rules: readonly Rule[] = [
  { about: 'tickets', holder: 'orders', wanted: () => true },
  {
    about: 'orders',
    holder: 'tickets',
    wanted: (owner, now) =>
      owner['status'] !== 'cancelled' || now.getTime() - isDueAt(owner) < forgottenAfterMs,
  },
  { about: 'orders', holder: 'payments', wanted: () => true },
  {
    about: 'orders',
    holder: 'expiration',
    wanted: (owner, now) => owner['status'] === 'created' && now.getTime() < isDueAt(owner),
    mayBeMore: true,
  },
  { about: 'payments', holder: 'orders', wanted: () => false },
];

/** Every copy that is missing, is about nothing, or says otherwise than its owner. */
export function compare(facts: Facts, now: Date): Difference[] {
  return rules.flatMap((rule) => compareBy(rule, facts, now));
}

/** A difference in words. */
export function inWords({ about, id, holder, what }: Difference): string {
  return `${about} ${id}: in ${holder} it ${what}`;
}

function compareBy({ about, holder, wanted, mayBeMore }: Rule, facts: Facts, now: Date): Difference[] {
  const owners = byId(facts[about], about);
  const copies = byId(facts[holder], about);
  const differences: Difference[] = [];
  const report = (id: string, what: string) => differences.push({ about, id, holder, what });
  for (const [id, owner] of owners) if (!copies.has(id) && wanted(owner, now)) report(id, 'has no copy');
  for (const [id, copy] of copies) {
    const owner = owners.get(id);
    if (!owner) {
      if (!mayBeMore) report(id, `is not known to ${about}`);
      continue;
    }
    for (const [name, value] of Object.entries(copy))
      if (value !== undefined && value !== owner[name])
        report(id, `has ${name} ${value}, ${about} has ${owner[name]}`);
  }
  return differences;
}

const byId = (facts: readonly SnapshotEntry[], about: SnapshotEntry['about']): Map<string, Values> =>
  new Map(facts.filter((fact) => fact.about === about).map(({ id, values }) => [id, values]));
