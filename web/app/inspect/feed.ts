// The messages of the program behind this page: steps of the system as they happen, and the state of its services.

import { useEffect, useState } from 'react';

type Common = Readonly<{ number: number; at: string }>;

export type EventStep = Common &
  Readonly<{
    kind: 'event';
    id: string;
    type: string;
    subject: string;
    from: string;
    to: readonly string[];
    orderId?: string;
    data: unknown;
  }>;

export type DocumentStep = Common &
  Readonly<{
    kind: 'document';
    service: string;
    collection: string;
    documentId: string;
    what: 'insert' | 'update' | 'delete';
    version?: number;
    status?: string;
    fields: readonly string[];
    /** ids of the events that are stored with the change */
    events: readonly string[];
    orderId?: string;
  }>;

export type ProcessStep = Common &
  Readonly<{
    kind: 'process';
    service: string;
    what: 'started' | 'killed' | 'ended' | 'ready';
    pid?: number;
  }>;

export type Step = EventStep | DocumentStep | ProcessStep;

export type Service = Readonly<{
  name: string;
  health: 'ready' | 'starting' | 'down';
  pid?: number;
  kills: number;
}>;

export type Sources = Readonly<{ bus: string; events: boolean; stores: boolean }>;

export type Feed = Readonly<{
  isConnected: boolean;
  steps: readonly Step[];
  services: readonly Service[];
  sources: Sources | undefined;
}>;

const maxSteps = 600;
const nothing: Feed = { isConnected: false, steps: [], services: [], sources: undefined };

/** Reads the feed while the page is shown. */
export function useFeed(url: string | undefined): Feed {
  const [feed, setFeed] = useState(nothing);
  useEffect(() => {
    if (url === undefined) return undefined;
    const source = new EventSource(`${url}/events`);
    const next = (change: (feed: Feed) => Partial<Feed>) =>
      setFeed((present) => ({ ...present, ...change(present) }));
    source.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const step = JSON.parse(data) as Step;
      next(({ steps }) => ({ steps: [...steps.slice(1 - maxSteps), step] }));
    });
    source.addEventListener('begin', () => next(() => ({ isConnected: true, steps: [] })));
    for (const name of ['services', 'sources'] as const)
      source.addEventListener(name, ({ data }: MessageEvent<string>) =>
        next(() => ({ [name]: JSON.parse(data) as never })),
      );
    source.addEventListener('error', () => next(() => ({ isConnected: false })));
    return () => source.close();
  }, [url]);
  return feed;
}
