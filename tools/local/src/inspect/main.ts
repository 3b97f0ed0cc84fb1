// node tools/local/dist/inspect/main.js: shows what happens in a local system, and kills its services on request. Started
// by npm start only: it is a child of the process that supervises the services, which does the killing.

import { createLogger } from '@ticketing/common/observability';
import { readConfig } from '@ticketing/common/service';
import { InspectConfig } from './config.js';
import { hearEvents } from './events.js';
import { createFeed } from './feed.js';
import { createPurchases } from './purchases.js';
import { createInspectServer } from './server.js';
import { watchServices, type ProcessNews } from './services.js';
import { followStores } from './stores.js';

function main(): void {
  const config = readConfig(InspectConfig, process.env);
  const log = createLogger('inspect', 'warn');
  const feed = createFeed();
  const purchases = createPurchases();
  const stopping = new AbortController();
  const sources = { bus: config.EVENT_BUS, events: false, stores: false };
  const found = (news: Partial<typeof sources>) => feed.tell('sources', Object.assign(sources, news));

  const services = watchServices(feed, config.SERVICE_PORTS);
  process.on('message', (news) => services.news(news as ProcessNews));
  const bus = hearEvents(config, { feed, purchases, log, heard: () => found({ events: true }) });
  const stores = { feed, purchases, log, seen: (isOpen: boolean) => found({ stores: isOpen }) };
  const running = [followStores(config, stores, stopping.signal), services.poll(stopping.signal)];
  const kill = (service: string) => process.send?.({ kill: service });
  const server = createInspectServer({ gatewayPort: config.GATEWAY_PORT, feed, kill });
  server.on('error', fail).listen(config.PORT, '127.0.0.1');

  const stop = async () => {
    stopping.abort();
    feed.end();
    server.close();
    await bus.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, () => void stop());
  Promise.all(running).catch(fail);
}

function fail(error: Error): void {
  console.error(error.message);
  process.exit(1);
}

process.on('uncaughtException', fail);
main();
