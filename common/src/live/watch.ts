/** The state of a document, as streams tell it. */
export type Told = Readonly<{
  id: string;
  version: number;
  /** its view as JSON, made when it is first needed and shared by all streams */
  json: () => string;
}>;

export type Listener = Readonly<{ tell(states: readonly Told[]): void }>;

/** The subject of a stream: some documents, or all of one owner. */
export type Watch = Readonly<{
  /** Each message is the view of one document, or an array of the views of those that changed. */
  shape: 'one' | 'several';
  /** Tells the listener each later change. The returned function ends that. */
  join: (listener: Listener) => () => void;
  /** The present states. */
  read: () => Promise<readonly Told[]>;
}>;
