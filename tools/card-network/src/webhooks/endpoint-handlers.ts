import { invalidParameter, resourceMissing } from '../api/errors.js';
import type { HandlerInput, HandlerResult } from '../api/handler.js';
import { parseParams, required } from '../api/params.js';
import { newId } from '../ids.js';
import type { Endpoint } from '../ledger/entry.js';

export function createEndpoint({ form, now }: HandlerInput): HandlerResult {
  const params = parseParams(form, {
    url: 'string',
    enabled_events: 'list',
    description: 'string',
    metadata: 'ignored',
    api_version: 'ignored',
    expand: 'ignored',
    connect: 'unsupported',
  });
  const url = required(params.url, 'url');
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw invalidParameter('url_invalid', 'url', 'Invalid URL');
  }
  const endpoint: Endpoint = {
    id: newId('we'),
    created: now,
    url,
    secret: newId('whsec'),
    enabledEvents: required(params.enabled_events, 'enabled_events'),
    description: params.description ?? null,
  };

  return {
    status: 200,
    body: { ...endpointView(endpoint), secret: endpoint.secret },
    changes: { endpoints: [endpoint] },
  };
}

export function deleteEndpoint({ account, id, form }: HandlerInput): HandlerResult {
  parseParams(form, {});
  if (!account.endpoints.has(id)) throw resourceMissing(404, 'webhook endpoint', id, 'id');

  return {
    status: 200,
    body: { id, object: 'webhook_endpoint', deleted: true },
    changes: { endpointGone: id },
  };
}

function endpointView(endpoint: Endpoint) {
  return {
    id: endpoint.id,
    object: 'webhook_endpoint',
    api_version: null,
    application: null,
    created: endpoint.created,
    description: endpoint.description,
    enabled_events: endpoint.enabledEvents,
    livemode: false,
    metadata: {},
    status: 'enabled',
    url: endpoint.url,
  };
}
