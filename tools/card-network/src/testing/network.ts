// What the tests of the card network share: networks of their own, the real Stripe client, a receiver.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Stripe from 'stripe';
import { newId } from '../ids.js';
import { openCardNetwork, type CardNetwork, type CardNetworkOptions } from '../card-network.js';

export type Logged = Readonly<{ event: string; facts: Readonly<Record<string, unknown>> }>;

const cleanups: Array<() => Promise<void> | void> = [];

/** To be called after each test: closes and removes what it opened. */
export async function cleanUp(): Promise<void> {
  for (let cleanup = cleanups.pop(); cleanup; cleanup = cleanups.pop()) await cleanup();
}

export function onCleanUp(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

export function aDataDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'cards-'));
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

type Wanted = Partial<CardNetworkOptions>;

export async function aNetwork(wanted: Wanted = {}): Promise<CardNetwork & { logged: Logged[] }> {
  const logged: Logged[] = [];
  const network = await openCardNetwork({
    port: 0,
    host: '127.0.0.1',
    dataDir: wanted.dataDir ?? aDataDir(),
    slowMs: 20,
    log: (event, facts) => logged.push({ event, facts }),
    ...wanted,
  });
  let open = true;
  const close = async () => {
    if (open) await network.close();
    open = false;
  };
  cleanups.push(close);
  return { ...network, close, logged };
}

export const aKey = () => newId('sk_test');
export const anOrderId = () => newId('order');

export function stripeAt(port: number, apiKey = aKey()): Stripe {
  return new Stripe(apiKey, { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0 });
}

export async function anIntent(stripe: Stripe, orderId = anOrderId()) {
  return await stripe.paymentIntents.create({
    amount: 1999,
    currency: 'usd',
    metadata: { orderId },
    allowed_payment_method_types: ['card'],
  });
}

export async function aPaidIntent(stripe: Stripe, orderId = anOrderId()) {
  const { id } = await anIntent(stripe, orderId);
  return await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
}

/** A slow confirm has been taken up. */
export async function untilProcessing(stripe: Stripe, id: string): Promise<void> {
  await eventually(async () => expect((await stripe.paymentIntents.retrieve(id)).status).toBe('processing'));
}

/** The error that a call ends with. */
export async function refusalOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const ended = await call.then(
    () => new Error('the call was answered'),
    (error: unknown) => error,
  );
  if (ended instanceof Stripe.errors.StripeError) return ended;
  throw ended;
}

export type Fields = Readonly<Record<string, string | undefined>>;

/** A call without Stripe's client, which would ask a second time after a cut connection. */
export async function post(url: string, apiKey: string, path: string, form = '', headers: Fields = {}) {
  return await fetch(`${url}${path}`, {
    method: 'POST',
    body: form,
    headers: Object.fromEntries(
      Object.entries({
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      }).filter((pair): pair is [string, string] => pair[1] !== undefined),
    ),
  });
}

export async function control(url: string, apiKey: string, fault: object): Promise<Response> {
  return await post(url, apiKey, '/control', JSON.stringify(fault), { 'content-type': 'application/json' });
}

export type LedgerAnswer = Readonly<{
  paymentIntents: ReadonlyArray<{
    id: string;
    status: string;
    charged: number;
    refunded: number;
    attempts: number;
  }>;
  refunds: ReadonlyArray<{ id: string; amount: number; paymentIntent: string }>;
}>;

export async function ledgerOf(url: string, apiKey?: string, query = ''): Promise<LedgerAnswer> {
  const headers = apiKey === undefined ? undefined : { authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${url}/ledger${query}`, headers && { headers });
  return (await response.json()) as LedgerAnswer;
}

export type Received = Readonly<{ body: string; signature: string }>;

/** Takes webhooks, and answers each with what `status` says at that moment. */
export async function aReceiver(status: () => number = () => 200, port = 0) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ body, signature: String(request.headers['stripe-signature']) });
      response.writeHead(status()).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  cleanups.push(close);
  const types = () => received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  return { url: `http://127.0.0.1:${bound}/hook`, port: bound, received, types, close };
}

async function text(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  return body;
}

/** Asks until it holds; fails with the last reason after ten seconds. */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 10_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (reason) {
      if (Date.now() > deadline) throw reason;
      await delay(10);
    }
  }
}
