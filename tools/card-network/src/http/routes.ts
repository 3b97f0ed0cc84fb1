// Every call of the API, one line each.
import type { Operation } from '../faults/faults.js';
import type { Call, Done, Slow } from '../api/handler.js';
import * as intents from '../payment-intents/create-intent.js';
import * as methods from '../payment-methods/payment-method-handlers.js';
import * as refunds from '../refunds/refund-handlers.js';
import * as endpoints from '../webhooks/endpoint-handlers.js';

export type Route = Readonly<{
  run: (call: Call) => Done | Slow;
  /** The name by which a test asks for trouble with this call. */
  operation?: Operation;
}>;

const routes: Readonly<Record<string, Route>> = {
  'POST payment_methods': { run: methods.createPaymentMethod, operation: 'payment-method' },
  'GET payment_methods/:id': { run: methods.showPaymentMethod, operation: 'retrieve-payment-method' },
  'POST payment_intents': { run: intents.createIntent, operation: 'create' },
  'GET payment_intents': { run: intents.listIntents, operation: 'list' },
  'GET payment_intents/:id': { run: intents.showIntent, operation: 'retrieve' },
  'POST payment_intents/:id/confirm': { run: intents.confirmIntent, operation: 'confirm' },
  'POST payment_intents/:id/cancel': { run: intents.cancelIntent, operation: 'cancel' },
  'POST refunds': { run: refunds.createRefund, operation: 'refund' },
  'GET refunds': { run: refunds.listRefunds, operation: 'list-refunds' },
  'GET refunds/:id': { run: refunds.showRefund, operation: 'retrieve-refund' },
  'POST webhook_endpoints': { run: endpoints.createEndpoint },
  'DELETE webhook_endpoints/:id': { run: endpoints.deleteEndpoint },
};

export function routeOf(method: string, path: string): Readonly<{ route: Route; id: string }> | undefined {
  const [, version, resource, id = '', verb, ...rest] = path.split('/');
  if (version !== 'v1' || rest.length > 0) return undefined;
  const name = `${method} ${resource}${id ? '/:id' : ''}${verb ? `/${verb}` : ''}`;
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
  return route && { route, id: decodeId(id) };
}

function decodeId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
