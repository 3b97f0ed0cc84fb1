// The client of Stripe. It connects when it is used.

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { SpanKind, withSpan, type Logger } from '@ticketing/common/observability';
import Stripe from 'stripe';
import type { Config } from '../config.js';
import { translateError } from './card-errors.js';

/** Calls Stripe within a span and translates its errors. `operation` names the call in traces. */
export type StripeCall = <T>(operation: string, call: () => Promise<T>) => Promise<T>;

/** Opens the client of Stripe, or of the card network at STRIPE_API_BASE. */
export function openStripe(config: Config): Stripe {
  // The library's own time limit begins when the socket is connected.
  const agent = { keepAlive: true, maxSockets: 64, timeout: config.STRIPE_TIMEOUT_MS };
  const base = config.STRIPE_API_BASE === undefined ? undefined : new URL(config.STRIPE_API_BASE);
  const isPlain = base?.protocol === 'http:';
  return new Stripe(config.STRIPE_KEY, {
    ...(base && {
      host: base.hostname,
      port: base.port === '' ? (isPlain ? 80 : 443) : Number(base.port),
      protocol: isPlain ? 'http' : 'https',
    }),
    httpAgent: isPlain ? new HttpAgent(agent) : new HttpsAgent(agent),
    timeout: config.STRIPE_TIMEOUT_MS,
    // The settlement retries, because only it knows when that is safe.
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

/** Returns the function through which all calls go. Its spans name the operation, but neither card nor amount. */
export function stripeCalls({ STRIPE_API_BASE: base }: Config, log: Logger): StripeCall {
  const server = base === undefined ? 'api.stripe.com' : new URL(base).hostname;
  const attributes = { 'server.address': server };
  return async (operation, call) => {
    try {
      return await withSpan(`stripe ${operation}`, { kind: SpanKind.CLIENT, attributes }, call);
    } catch (error) {
      throw translateError(error, log);
    }
  };
}

/** The API version of the requests. The webhook endpoint must use the same. */
export const apiVersion: string = Stripe.API_VERSION;
