// The streams of a process: opens them for the routes, and ends them when their session or the process ends.

import type { Request, Response } from 'express';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Bus } from '../bus/bus.js';
import type { Versioned } from '../documents/collection.js';
import { Refusal } from '../errors.js';
import { networkOf } from '../http/network.js';
import { requestSlotOf } from '../http/overload.js';
import { recordAnswered } from '../http/request-log.js';
import { sessionWatchOf, userOf } from '../http/session-cookie.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import { createFeed, type Feed, type FeedOptions } from './feed.js';
import { createStreamCaps, type StreamCaps } from './stream-caps.js';
import { createStream, retryDelay, streamHeaders, type Stream } from './stream.js';
import type { Watch } from './watch.js';

type Parts = Readonly<{ bus: Pick<Bus, 'listen'>; config: StreamCaps; log: Logger; metrics: Metrics }>;

const checkEveryMs = 1_000;
const endedAtOnce = 100;

export type Live = ReturnType<typeof createLive>;

/** Opens streams for the routes. */
export type StreamOpener = Pick<Live, 'open'>;

export function createLive({ bus, config, log, metrics }: Parts) {
  const feeds: (Feed & Pick<FeedOptions<Versioned>, 'events'>)[] = [];
  const state: State = {
    streams: new Set(),
    caps: createStreamCaps(config),
    stopping: new AbortController(),
    metrics,
  };
  const { streams, stopping } = state;
  let timer: NodeJS.Timeout | undefined;

  return {
    /** Declares documents that routes let clients watch. */
    feed<S extends Versioned>(options: FeedOptions<S>): Feed {
      const feed = createFeed(options, { log, signal: stopping.signal });
      feeds.push({ ...feed, events: options.events });
      return feed;
    },

    /** Listens to the bus. */
    start(): void {
      for (const { events, hear, missed } of feeds)
        bus.listen({ types: events.map(({ type }) => type), hear, missed });
      timer = setInterval(() => {
        for (const stream of streams) stream.check();
      }, checkEveryMs);
      timer.unref();
    },

    /** Reads the next documents again, in case that a message about them was lost. */
    refresh: async (): Promise<void> => void (await Promise.all(feeds.map((feed) => feed.refreshNext()))),

    /**
     * Reads the present states. `begin` then answers the request with the stream.
     * @throws Refusal if there are too many streams; what reading throws
     */
    open: (watch: Watch, request: Request, response: Response) => open(state, watch, request, response),

    /** Ends all streams; their clients connect to another process, which sends them what has changed meanwhile. */
    async stop(): Promise<void> {
      stopping.abort();
      clearInterval(timer);
      let ended = 0;
      for (const stream of streams) {
        stream.end('stop', retryDelay());
        ended += 1;
        if (ended % endedAtOnce === 0) await nextTurn();
      }
    },
  };
}

type State = Readonly<{
  streams: Set<Stream>;
  caps: ReturnType<typeof createStreamCaps>;
  stopping: AbortController;
  metrics: Metrics;
}>;

async function open(
  state: State,
  watch: Watch,
  request: Request,
  response: Response,
): Promise<Readonly<{ begin(): void }>> {
  if (request.method === 'HEAD') return { begin: () => response.writeHead(200, streamHeaders).end() };
  const { streams, caps, stopping, metrics } = state;
  if (stopping.signal.aborted) throw new Refusal('unavailable', { retryAfterSeconds: 1 });
  const giveBack = caps.take({ network: networkOf(request.ip ?? ''), user: userOf(response)?.id });
  const stream = createStream(response, {
    shape: watch.shape,
    isOver: sessionWatchOf(response),
    sent: () => metrics.streamMessages.inc(),
  });
  // The stream joins before the read, so that it receives a change in between.
  const leave = watch.join(stream);
  const close = () => {
    leave();
    giveBack();
    if (!streams.delete(stream)) return;
    metrics.streamsOpen.set(streams.size);
    metrics.streamsEnded.inc({ reason: stream.reason() });
  };
  if (response.destroyed) close();
  else response.once('close', close);

  const states = await watch.read();
  return {
    begin() {
      if (response.destroyed) return;
      // A stream is not in flight, and its duration is not a response time.
      requestSlotOf(request)?.leave();
      recordAnswered(response);
      streams.add(stream);
      metrics.streamsOpen.set(streams.size);
      stream.begin(states, request.get('last-event-id'));
      if (stopping.signal.aborted) stream.end('stop', retryDelay());
    },
  };
}
