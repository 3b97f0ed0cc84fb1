// A card network on this machine, for where there is no Stripe: it speaks Stripe's API, remembers what
// it was told across restarts, and can be made to fail. `main.ts` runs it; tests open it in process.
import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Calls } from './api/request-processor.js';
import { Faults } from './faults/faults.js';
import { cardServer } from './http/server.js';
import { Journal } from './ledger/journal.js';
import { Ledger, type Account, type Delivery } from './ledger/ledger.js';
import { Webhooks, type Destination, type Log } from './webhooks/webhook-sender.js';

/** The destination named in the environment; the others are made by POST /v1/webhook_endpoints. */
const CONFIGURED = 'we_configured';
const FINISH_WITHIN_MS = 200;

export type CardNetworkOptions = Readonly<{
  port: number;
  host: string;
  /** Where the ledger is kept: one network at a time. */
  dataDir: string;
  webhookUrl?: string;
  webhookSecret?: string;
  slowMs?: number;
  latencyMs?: number;
  log?: Log;
}>;

export type CardNetwork = Readonly<{ url: string; port: number; close: () => Promise<void> }>;

export async function openCardNetwork(options: CardNetworkOptions): Promise<CardNetwork> {
  const { dataDir, host, log = logLine } = options;
  const configured = configuredDestination(options);
  mkdirSync(dataDir, { recursive: true });
  const journal = new Journal(join(dataDir, 'ledger.jsonl'));
  const ledger = new Ledger(journal);
  const { entries, tornBytes, unreadable } = ledger.load();
  if (tornBytes > 0) log('torn end of the ledger dropped', { tornBytes });
  if (unreadable > 0) log('unreadable lines in the ledger', { unreadable });

  const stopping = new AbortController();
  const webhooks = new Webhooks({
    destinationOf: (delivery) =>
      delivery.endpointId === CONFIGURED
        ? configured
        : ledger.account(delivery.account).endpoints.get(delivery.endpointId),
    onTaken: ({ account, eventId, endpointId }) =>
      ledger.commit({ at: Date.now(), account, delivered: { eventId, endpointId } }),
    log,
  });
  const faults = new Faults();
  const calls = new Calls({
    ledger,
    faults,
    latencyMs: options.latencyMs ?? 0,
    slowMs: options.slowMs ?? 4000,
    now: Date.now,
    sleep: (ms) => delay(ms, undefined, { signal: stopping.signal }),
    wantedBy: (account, type) => wantedBy(account, type, configured),
    onEvents: (deliveries: readonly Delivery[]) => webhooks.add(deliveries),
  });
  const server = cardServer({ ledger, calls, faults, log });

  const port = await listen(server, options.port, host);
  journal.openForAppend(); // no sooner: the port tells whether another network writes this ledger
  webhooks.add(ledger.undelivered());
  const resumed = calls.finishBegun();
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  log('card network started', { url, dataDir, entries, resumed });

  return { url, port, close: () => close(server, stopping, webhooks, journal) };
}

function configuredDestination({ webhookUrl, webhookSecret }: CardNetworkOptions): Destination | undefined {
  if (webhookUrl === undefined) return undefined;
  if (webhookSecret === undefined) throw new Error('a webhook URL needs a webhook secret to sign with');
  if (!URL.canParse(webhookUrl)) throw new Error('the webhook URL is not a URL');
  return { url: webhookUrl, secret: webhookSecret };
}

function wantedBy(account: Account, type: string, configured: Destination | undefined): readonly string[] {
  const ids = configured ? [CONFIGURED] : [];
  for (const { id, enabledEvents } of account.endpoints.values()) {
    if (enabledEvents.includes('*') || enabledEvents.includes(type)) ids.push(id);
  }
  return ids;
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}

/** A slow confirm under way is cut: the ledger has it as begun, and the next start finishes it. */
async function close(
  server: Server,
  stopping: AbortController,
  webhooks: Webhooks,
  journal: Journal,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  webhooks.close();
  stopping.abort();
  server.closeIdleConnections();
  const impatience = setTimeout(() => server.closeAllConnections(), FINISH_WITHIN_MS);
  await closed;
  clearTimeout(impatience);
  journal.close();
}

const logLine: Log = (event, facts) => {
  process.stdout.write(
    `${JSON.stringify({ time: new Date().toISOString(), name: 'cards', event, ...facts })}\n`,
  );
};
