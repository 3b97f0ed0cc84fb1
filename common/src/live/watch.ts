/** The state of a document, as streams send it. */
export type WatchedState = Readonly<{
  id: string;
  version: number;
  /** its view as JSON, made when it is first needed and shared by all streams */
  json: () => string;
}>;

export type Listener = Readonly<{ send(states: readonly WatchedState[]): void }>;

/** The subject of a stream: some documents, or all of one owner. */
export type Watch = Readonly<{
  /** Each message is the view of one document, or an array of the views of those that changed. */
  shape: 'one' | 'several';
  /** Sends each later change to the listener, until the returned function is called. */
  join: (listener: Listener) => () => void;
  /** The present states. */
  read: () => Promise<readonly WatchedState[]>;
}>;
