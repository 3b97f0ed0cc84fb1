/** One change of an entity, as the command `history` prints it. */
export type HistoryEntry = Readonly<{
  /** The kind of entity: order, payment, ticket, user. */
  about: string;
  id: string;
  at: Date;
  /** `user:<id>`, `operator:<user id or name>`, `system` or `anonymous` */
  by: string;
  /** `request:<id>`, `event:<id>`, `job:<name>/<run>`, `ops:<command>` or `stripe:<event id>` */
  why: string;
  /** The trace id. Entries from before tracing have none. */
  trace?: string | undefined;
  /** The status before the change; undefined for a new entity. */
  from?: string | undefined;
  to: string;
  version: number;
  detail?: string | undefined;
}>;
