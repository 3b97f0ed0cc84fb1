// All routes of the API.
import type { Route } from '../api/handler.js';
import { acceptDispute, listDisputes, showDispute } from '../disputes/dispute-handlers.js';
import { cancelIntent } from '../payment-intents/cancel-intent.js';
import { confirmIntent } from '../payment-intents/confirm-intent.js';
import { createIntent } from '../payment-intents/create-intent.js';
import { listIntents, showIntent, showPublicIntent } from '../payment-intents/read-intents.js';
import { createPaymentMethod, showPaymentMethod } from '../payment-methods/payment-method-handlers.js';
import { createRefund, listRefunds, showRefund, updateRefund } from '../refunds/refund-handlers.js';
import { createEndpoint, deleteEndpoint } from '../webhooks/endpoint-handlers.js';

const routes: Readonly<Record<string, Route>> = {
  'POST payment_methods': { handler: createPaymentMethod, operation: 'payment-method' },
  'GET payment_methods/:id': { handler: showPaymentMethod, operation: 'retrieve-payment-method' },
  'POST payment_intents': { handler: createIntent, operation: 'create' },
  'GET payment_intents': { handler: listIntents, operation: 'list' },
  'GET payment_intents/:id': { handler: showIntent, operation: 'retrieve' },
  'POST payment_intents/:id/confirm': { handler: confirmIntent, operation: 'confirm' },
  'POST payment_intents/:id/cancel': { handler: cancelIntent, operation: 'cancel' },
  'POST refunds': { handler: createRefund, operation: 'refund' },
  'GET refunds': { handler: listRefunds, operation: 'list-refunds' },
  'GET refunds/:id': { handler: showRefund, operation: 'retrieve-refund' },
  'POST refunds/:id': { handler: updateRefund, operation: 'update-refund' },
  'GET disputes': { handler: listDisputes, operation: 'list-disputes' },
  'GET disputes/:id': { handler: showDispute, operation: 'retrieve-dispute' },
  'POST disputes/:id/close': { handler: acceptDispute, operation: 'close-dispute' },
  'POST webhook_endpoints': { handler: createEndpoint },
  'DELETE webhook_endpoints/:id': { handler: deleteEndpoint },
};

/** The routes of a publishable key. */
const publicRoutes: Readonly<Record<string, Route>> = {
  'GET payment_intents/:id': { handler: showPublicIntent, operation: 'public-retrieve' },
};

export function isPublicPath(path: string): boolean {
  return findRoute('GET', path, true) !== undefined;
}

export function findRoute(
  method: string,
  path: string,
  publishable: boolean,
): Readonly<{ route: Route; id: string }> | undefined {
  const [, version, resource, id = '', action, ...rest] = path.split('/');
  if (version !== 'v1' || rest.length > 0) return undefined;
  const name = `${method} ${resource}${id ? '/:id' : ''}${action ? `/${action}` : ''}`;
  const table = publishable ? publicRoutes : routes;
  const route = Object.hasOwn(table, name) ? table[name] : undefined;
  return route && { route, id: decodeId(id) };
}

function decodeId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
