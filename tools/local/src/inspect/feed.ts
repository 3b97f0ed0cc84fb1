// The steps of the system as they happen: the newest in memory, and every open page that reads them.

import type { ServerResponse } from 'node:http';

/** An event on the bus. */
export type EventStep = Readonly<{
  kind: 'event';
  at: string;
  id: string;
  type: string;
  /** id of what the event is about */
  subject: string;
  from: string;
  to: readonly string[];
  orderId?: string | undefined;
  /** the event's data, without personal data */
  data: unknown;
}>;

/** A write of a document in the database of a service. */
export type DocumentStep = Readonly<{
  kind: 'document';
  at: string;
  service: string;
  collection: string;
  documentId: string;
  what: 'insert' | 'update' | 'delete';
  version?: number | undefined;
  status?: string | undefined;
  /** names of the changed fields */
  fields: readonly string[];
  /** ids of the events that are stored with the change, and published after it */
  events: readonly string[];
  orderId?: string | undefined;
}>;

/** A process that started, was killed by the page, or ended. */
export type ProcessStep = Readonly<{
  kind: 'process';
  at: string;
  service: string;
  what: 'started' | 'killed' | 'ended' | 'ready';
  pid: number | undefined;
}>;

export type Step = EventStep | DocumentStep | ProcessStep;

/** `starting` answers, but is not ready. */
export type Health = 'ready' | 'starting' | 'down';
export type ServiceState = Readonly<{ name: string; health: Health; pid: number | undefined; kills: number }>;

export type Feed = Readonly<{
  add(step: Step): void;
  /** Tells the pages the present state of all services, or whether a source can be read. */
  tell(name: 'services' | 'sources', state: unknown): void;
  /** Sends the newest steps and states to a page, and then each new one, as Server-Sent Events. */
  follow(response: ServerResponse): void;
  end(): void;
}>;

const maxSteps = 600;
/** A page that does not read is disconnected. */
const maxUnreadBytes = 4_000_000;
const heartbeatMs = 15_000;

/** @param onReaders told the number of open pages after each change */
export function createFeed(onReaders: (count: number) => void): Feed {
  const steps: string[] = [];
  const states = new Map<string, string>();
  const pages = new Set<ServerResponse>();
  let count = 0;

  function send(message: string): void {
    for (const page of pages)
      if (page.writableLength > maxUnreadBytes) page.destroy();
      else page.write(message);
  }
  const heartbeat = setInterval(() => send(':\n\n'), heartbeatMs);

  return {
    add(step) {
      count += 1;
      const message = `data: ${JSON.stringify({ number: count, ...step })}\n\n`;
      steps.push(message);
      if (steps.length > maxSteps) steps.shift();
      send(message);
    },
    tell(name, state) {
      const message = `event: ${name}\ndata: ${JSON.stringify(state)}\n\n`;
      if (states.get(name) === message) return;
      states.set(name, message);
      send(message);
    },
    follow(response) {
      response.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        Connection: 'close',
      });
      // A page that connects again begins with nothing.
      response.write(['retry: 1000\nevent: begin\ndata: 0\n\n', ...states.values(), ...steps].join(''));
      pages.add(response);
      response.once('close', () => {
        pages.delete(response);
        onReaders(pages.size);
      });
      onReaders(pages.size);
    },
    end() {
      clearInterval(heartbeat);
      for (const page of pages) page.end();
    },
  };
}
