// What a service holds about things, line by line, so that owners and copies can be compared (tools/ops/src/check.ts).

/** Of a thing that `about` owns: its owner's own values, or those of a copy that another service keeps. */
export type SnapshotEntry = Readonly<{
  about: 'tickets' | 'orders' | 'payments';
  id: string;
  /** only what both sides know, each under the owner's name for it; undefined is not compared */
  values: Readonly<Record<string, string | number | undefined>>;
}>;
