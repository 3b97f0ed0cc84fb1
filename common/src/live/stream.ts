// One open stream: an answer of Server-Sent Events, https://html.spec.whatwg.org/multipage/server-sent-events.html
//
// Guarantee: each message has the newest states that the stream has not sent; its id stands for all states sent so far. A
// reader that does not read gets no further message until it does, and then the newest states only. A slow reader therefore
// costs the memory of two messages. Its stream ends when it has read nothing from one heartbeat to the next.

import type { ServerResponse } from 'node:http';
import { maxOfOwner } from './feed.js';
import { createPendingStates } from './pending-states.js';
import type { Listener, WatchedState, Watch } from './watch.js';

export const heartbeatMs = 15_000;
/** A stream that has sent more documents ends, and its client begins again. */
const maxDocuments = 2 * maxOfOwner;

export type EndReason = 'client' | 'session' | 'slow' | 'stop';

export type Stream = Listener &
  Readonly<{
    /** Sends the present states, unless `lastEventId` says that the client has them. */
    begin(states: readonly WatchedState[], lastEventId: string | undefined): void;
    /** Runs every second: ends the stream of an ended session, and sends heartbeats. */
    check(): void;
    /** Ends the stream. The client connects again after `retryMs`. */
    end(reason: EndReason, retryMs?: number): void;
    /** Why the stream ended; `client` if the client ended it. */
    reason(): EndReason;
  }>;

type Options = Readonly<{
  shape: Watch['shape'];
  /** Has the session ended? */
  isOver: () => boolean;
  /** counts a message */
  sent: () => void;
}>;

// A proxy must neither buffer the stream nor use its connection again: it ends with the stream.
export const streamHeaders = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'X-Accel-Buffering': 'no',
  Connection: 'close',
};

/** Between one and three seconds, so that the clients of a stopped process do not return at once. */
export const retryDelay = () => 1_000 + Math.round(Math.random() * 2_000);

export function createStream(response: ServerResponse, { shape, isOver, sent }: Options): Stream {
  const pending = createPendingStates(shape);
  let isOpen = false;
  let isBlocked = false;
  let lastWriteAt = 0;
  let reason: EndReason = 'client';

  function write(text: string): void {
    lastWriteAt = performance.now();
    isBlocked = !response.write(text);
  }

  function flush(): void {
    if (!isOpen || isBlocked || !pending.hasWaiting()) return;
    write(pending.take().text);
    sent();
    if (pending.count() > maxDocuments) end('stop', 0);
  }

  function end(why: EndReason, retryMs?: number): void {
    if (response.destroyed || response.writableEnded) return;
    reason = why;
    isOpen = false;
    // The rest would wait for the reader.
    if (isBlocked) response.destroy();
    else response.end(retryMs === undefined ? '' : `retry: ${retryMs}\n\n`);
  }

  response.on('drain', () => {
    isBlocked = false;
    flush();
  });

  return {
    send(states) {
      pending.add(states);
      flush();
    },
    begin(states, lastEventId) {
      response.writeHead(200, streamHeaders);
      pending.add(states);
      const { id, text } = pending.take();
      // The list of an owner is cut at `maxOfOwner`, so for a full list an equal id does not prove equal states.
      const isKnown = id === lastEventId && states.length < maxOfOwner;
      write(`retry: ${retryDelay()}\n${isKnown ? '\n' : text}`);
      sent();
      isOpen = true;
    },
    check() {
      if (!isOpen) return;
      if (isOver()) end('session');
      else if (performance.now() - lastWriteAt < heartbeatMs) return;
      else if (isBlocked) end('slow');
      else write(':\n\n');
    },
    end,
    reason: () => reason,
  };
}
