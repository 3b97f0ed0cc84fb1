// Opens a local card network that speaks Stripe's API, keeps its ledger across restarts and fails on
// request. `main.ts` runs it as a process; tests open it in process.
import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RequestProcessor } from './api/request-processor.js';
import { Faults } from './faults/faults.js';
import { createCardServer } from './http/server.js';
import type { Account } from './ledger/account.js';
import type { Endpoint } from './ledger/entry.js';
import { Journal } from './ledger/journal.js';
import { Ledger, type Delivery } from './ledger/ledger.js';
import { logLine, type Log } from './log.js';
import { settledResult } from './refunds/refund-handlers.js';
import { RefundTimers } from './refunds/refund-timers.js';
import { DeliveryQueues } from './webhooks/delivery-queues.js';
import type { Destination } from './webhooks/event-poster.js';

/** The endpoint from the environment. All others come from POST /v1/webhook_endpoints. */
const CONFIGURED = 'we_configured';
const CLOSE_TIMEOUT_MS = 200;
/** The version that the `stripe` package of this repository expects. */
const API_VERSION = '2026-10-28.endive';

export type CardNetworkOptions = Readonly<{
  port: number;
  host: string;
  /** The folder of the ledger; only one network at a time may use it. */
  dataDir: string;
  webhookUrl?: string;
  webhookSecret?: string;
  /** The types of events that `webhookUrl` receives; undefined: all. */
  webhookEvents?: readonly string[];
  slowMs?: number;
  latencyMs?: number;
  /** When the bank decides the refunds of `tok_pendingRefund` and `tok_refundFail`; undefined: only by POST /refunds. */
  refundSettleMs?: number;
  /** The `api_version` of events. */
  apiVersion?: string;
  log?: Log;
}>;

export type CardNetwork = Readonly<{ url: string; port: number; close: () => Promise<void> }>;

export async function openCardNetwork(options: CardNetworkOptions): Promise<CardNetwork> {
  const { dataDir, host, log = logLine } = options;
  const configured = configuredEndpoint(options);
  const { journal, ledger, entries } = loadLedger(dataDir, log);
  const stopping = new AbortController();
  const queues = openQueues(ledger, configured, log);
  const faults = new Faults();
  const timers = new RefundTimers({
    settleMs: options.refundSettleMs,
    settle: (account, id, outcome) => processor.execute(account, () => settledResult(account, id, outcome)),
  });
  const processor = new RequestProcessor({
    ledger,
    faults,
    latencyMs: options.latencyMs ?? 0,
    slowMs: options.slowMs ?? 4000,
    apiVersion: options.apiVersion ?? API_VERSION,
    now: Date.now,
    sleep: (ms) => delay(ms, undefined, { signal: stopping.signal }),
    subscribersOf: (account, type) => subscribersOf(account, type, configured),
    onDeliveries: (deliveries: readonly Delivery[]) => queues.add(deliveries),
    onRefund: (account, refund) => timers.watch(account, refund),
  });
  const server = createCardServer({ ledger, processor, faults, log });

  // The port is the lock of the ledger: only the process that holds it may write.
  const port = await listen(server, options.port, host);
  journal.openForAppend();
  queues.add(ledger.undelivered());
  const resumed = processor.finishPendingConfirms();
  for (const account of ledger.accounts()) {
    for (const refund of account.refunds.values()) timers.watch(account, refund);
  }
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  log('card network started', { url, dataDir, entries, resumed });

  return { url, port, close: () => close(server, stopping, [queues, timers], journal) };
}

type ConfiguredEndpoint = Destination & Pick<Endpoint, 'enabledEvents'>;

function configuredEndpoint(options: CardNetworkOptions): ConfiguredEndpoint | undefined {
  const { webhookUrl, webhookSecret, webhookEvents = ['*'] } = options;
  if (webhookUrl === undefined) return undefined;
  if (webhookSecret === undefined) {
    throw new Error('CARDS_WEBHOOK_URL needs CARDS_WEBHOOK_SECRET, the secret that signs the webhooks.');
  }
  if (!URL.canParse(webhookUrl)) throw new Error(`CARDS_WEBHOOK_URL is not a valid URL: ${webhookUrl}`);
  return { url: webhookUrl, secret: webhookSecret, enabledEvents: webhookEvents };
}

function loadLedger(dataDir: string, log: Log): { journal: Journal; ledger: Ledger; entries: number } {
  mkdirSync(dataDir, { recursive: true });
  const journal = new Journal(join(dataDir, 'ledger.jsonl'));
  const ledger = new Ledger(journal);
  const { entries, tornBytes, unreadable } = ledger.load();
  if (tornBytes > 0) log('torn end of the ledger dropped', { tornBytes });
  if (unreadable > 0) log('unreadable lines in the ledger', { unreadable });
  return { journal, ledger, entries };
}

function openQueues(ledger: Ledger, configured: Destination | undefined, log: Log): DeliveryQueues {
  return new DeliveryQueues({
    destinationOf: ({ account, endpointId }) =>
      endpointId === CONFIGURED ? configured : ledger.account(account).endpoints.get(endpointId),
    onDelivered: ({ account, eventId, endpointId }) =>
      ledger.commit({ at: Date.now(), account, delivered: { eventId, endpointId } }),
    log,
  });
}

function subscribersOf(
  account: Account,
  type: string,
  configured: ConfiguredEndpoint | undefined,
): readonly string[] {
  const endpoints = [
    ...account.endpoints.values(),
    ...(configured ? [{ id: CONFIGURED, ...configured }] : []),
  ];
  return endpoints
    .filter(({ enabledEvents }) => enabledEvents.includes('*') || enabledEvents.includes(type))
    .map(({ id }) => id);
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

/** Aborts slow confirms: the ledger has them as pending, and the next start completes them. */
async function close(
  server: Server,
  stopping: AbortController,
  running: ReadonlyArray<DeliveryQueues | RefundTimers>,
  journal: Journal,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const part of running) part.close();
  stopping.abort();
  server.closeIdleConnections();
  const timeout = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
  await closed;
  clearTimeout(timeout);
  journal.close();
}
