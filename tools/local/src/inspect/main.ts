// node tools/local/dist/inspect/main.js: shows what happens in a local system, and kills its services on request. Started
// by npm start only: its parent process supervises the services, and kills them for it.
// To follow all stores and events costs as much as a service, so it happens while a page is open.

import { createLogger, type Logger } from '@ticketing/common/observability';
import { readConfig } from '@ticketing/common/service';
import { InspectConfig } from './config.js';
import { hearEvents } from './events.js';
import { createFeed, type Feed } from './feed.js';
import { createPurchases } from './purchases.js';
import { createInspectServer } from './server.js';
import { watchServices, type ProcessNews } from './services.js';
import { followStores } from './stores.js';

const keptMs = 5_000;

function main(): void {
  const config = readConfig(InspectConfig, process.env);
  const log = createLogger('inspect', 'warn');
  const feed = createFeed((readers) => (readers > 0 ? sources.open() : sources.closeSoon()));
  const services = watchServices(feed, config.SERVICE_PORTS);
  const sources = createSources((stopping) => follow(config, { feed, services, log }, stopping));
  process.on('message', (news) => services.news(news as ProcessNews));
  const kill = (service: string) => process.send?.({ kill: service });
  const server = createInspectServer({ gatewayPort: config.GATEWAY_PORT, feed, kill });
  server.on('error', fail).listen(config.PORT, '127.0.0.1');

  const stop = async () => {
    feed.end();
    server.close();
    await sources.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, () => void stop());
}

type Parts = Readonly<{ feed: Feed; services: ReturnType<typeof watchServices>; log: Logger }>;

/** Adds what happens in the stores, on the bus and to the services to the feed, until `stopping`. */
async function follow(
  config: InspectConfig,
  { feed, services, log }: Parts,
  stopping: AbortSignal,
): Promise<void> {
  const purchases = createPurchases();
  const state = { bus: config.EVENT_BUS, events: false, stores: false };
  const found = (news: Partial<typeof state>) => feed.tell('sources', Object.assign(state, news));
  const bus = hearEvents(config, { feed, purchases, log, heard: () => found({ events: true }) });
  const stores = { feed, purchases, log, seen: (isOpen: boolean) => found({ stores: isOpen }) };
  await Promise.all([followStores(config, stores, stopping), services.poll(stopping)]);
  await bus.close();
}

/** Runs `run` while a page is open, and a little longer: a reloaded page misses nothing. */
function createSources(run: (stopping: AbortSignal) => Promise<void>) {
  let stopping: AbortController | undefined;
  let running: Promise<void> = Promise.resolve();
  let closing: NodeJS.Timeout | undefined;

  async function close(): Promise<void> {
    clearTimeout(closing);
    stopping?.abort();
    stopping = undefined;
    await running;
  }

  return {
    open(): void {
      clearTimeout(closing);
      if (stopping) return;
      const { signal } = (stopping = new AbortController());
      running = running.then(() => run(signal));
      running.catch(fail);
    },
    closeSoon(): void {
      clearTimeout(closing);
      closing = setTimeout(() => void close(), keptMs);
    },
    close,
  };
}

function fail(error: Error): void {
  console.error(error.message);
  process.exit(1);
}

process.on('uncaughtException', fail);
main();
