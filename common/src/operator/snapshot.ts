/** The state of one entity as a service stores it, as its owner or as a copy. `npm run ops -- check` compares the services. */
export type SnapshotEntry = Readonly<{
  /** The owner's kind of entity. */
  about: 'tickets' | 'orders' | 'payments';
  id: string;
  /** Values that owner and copy share, under the owner's names. An undefined value is not compared. */
  values: Readonly<Record<string, string | number | undefined>>;
}>;
