// What has happened to a thing, for the command `history` of its service and for who puts several services' together.

/** One change: what became of the thing, by whom, and why. */
export type HistoryEntry = Readonly<{
  about: 'order' | 'payment' | 'ticket';
  id: string;
  at: Date;
  /** `user:<id>`, `system` or `anonymous` */
  by: string;
  /** `request:<id>`, `event:<id>` or `job:<name>/<run>` */
  why: string;
  /** id of the trace; not of what happened before there were any */
  trace?: string | undefined;
  /** undefined when it came into being */
  from?: string | undefined;
  to: string;
  version: number;
  /** what else there is to say */
  detail?: string | undefined;
}>;
