// For tests: opens networks with their own ledgers, and talks to them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Stripe from 'stripe';
import { openCardNetwork, type CardNetwork, type CardNetworkOptions } from '../card-network.js';
import { newId } from '../ids.js';
import { onCleanUp } from './clean-up.js';

export { cleanUp } from './clean-up.js';

type Logged = Readonly<{ event: string; fields: Readonly<Record<string, unknown>> }>;

export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'cards-'));
  onCleanUp(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Starts a network on a free port; its slow bank responds after 20 ms. */
export async function startNetwork(
  options: Partial<CardNetworkOptions> = {},
): Promise<CardNetwork & { logged: Logged[] }> {
  const logged: Logged[] = [];
  const network = await openCardNetwork({
    port: 0,
    host: '127.0.0.1',
    dataDir: options.dataDir ?? temporaryFolder(),
    slowMs: 20,
    log: (event, fields) => logged.push({ event, fields }),
    ...options,
  });
  let open = true;
  const close = async () => {
    if (open) await network.close();
    open = false;
  };
  onCleanUp(close);
  return { ...network, close, logged };
}

export const newApiKey = () => newId('sk_test');
export const newOrderId = () => newId('order');

export function stripeClient(port: number, apiKey = newApiKey()): Stripe {
  return new Stripe(apiKey, { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0 });
}

export async function createIntent(stripe: Stripe, orderId = newOrderId()) {
  return await stripe.paymentIntents.create({
    amount: 1999,
    currency: 'usd',
    metadata: { orderId },
    allowed_payment_method_types: ['card'],
  });
}

export async function createPaidIntent(stripe: Stripe, card = 'pm_card_visa') {
  const { id } = await createIntent(stripe);
  return await stripe.paymentIntents.confirm(id, { payment_method: card });
}

export function chargeIdOf({ latest_charge: charge }: Stripe.PaymentIntent): string {
  if (charge === null) throw new Error('The intent has no charge.');
  return typeof charge === 'string' ? charge : charge.id;
}

/** An intent in `requires_action`, with its client secret. */
export async function createWaitingIntent(stripe: Stripe, card = 'pm_card_threeDSecure2Required') {
  const { id, status, client_secret: secret } = await createPaidIntent(stripe, card);
  expect(status).toBe('requires_action');
  return { id, secret: secret ?? '' };
}

export async function answerChallenge(url: string, secret: string, outcome: string): Promise<Response> {
  return await fetch(`${url}/challenge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_secret: secret, outcome }),
  });
}

/** Resolves when a slow confirm of this intent is in flight. */
export async function waitUntilProcessing(stripe: Stripe, id: string): Promise<void> {
  await eventually(async () => expect((await stripe.paymentIntents.retrieve(id)).status).toBe('processing'));
}

/** The error that the call rejects with; throws when the call succeeds. */
export async function errorOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const result = await call.then(
    () => new Error('The call succeeded; the test expects an error.'),
    (error: unknown) => error,
  );
  if (result instanceof Stripe.errors.StripeError) return result;
  throw result;
}

/** Posts without Stripe's client, because the client retries after a closed connection. */
export async function post(
  url: string,
  apiKey: string,
  path: string,
  form = '',
  headers: Readonly<Record<string, string>> = {},
) {
  return await fetch(`${url}${path}`, {
    method: 'POST',
    body: form,
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
  });
}

/** Posts JSON to an operator route. */
export async function operate(url: string, apiKey: string, path: string, body: object): Promise<Response> {
  return await post(url, apiKey, path, JSON.stringify(body), { 'content-type': 'application/json' });
}

export async function plantFault(url: string, apiKey: string, fault: object): Promise<Response> {
  return await operate(url, apiKey, '/control', fault);
}

type LedgerSummary = Readonly<{
  paymentIntents: ReadonlyArray<{
    id: string;
    status: string;
    charged: number;
    refunded: number;
    lost: number;
    attempts: number;
    refunds: ReadonlyArray<{ id: string; amount: number; status: string }>;
    disputes: ReadonlyArray<{ id: string; amount: number; status: string }>;
  }>;
  refunds: ReadonlyArray<{ id: string; amount: number; status: string; paymentIntent: string }>;
}>;

export async function fetchLedger(url: string, apiKey?: string, query = ''): Promise<LedgerSummary> {
  const headers = apiKey === undefined ? undefined : { authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${url}/ledger${query}`, headers && { headers });
  return (await response.json()) as LedgerSummary;
}

/** Repeats the check until it passes; after 30 seconds, throws its last error. */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 30_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(10);
    }
  }
}
