type StripeEvent = Readonly<{
  id: string;
  type: string;
  created: number;
  object: object;
  previous: object | undefined;
  apiVersion: string;
  requestId: string | null;
  idempotencyKey: string | null;
  endpoints: number;
}>;

export function eventView(event: StripeEvent) {
  return {
    id: event.id,
    object: 'event',
    api_version: event.apiVersion,
    created: event.created,
    data: {
      object: event.object,
      ...(event.previous && { previous_attributes: event.previous }),
    },
    livemode: false,
    pending_webhooks: event.endpoints,
    request: { id: event.requestId, idempotency_key: event.idempotencyKey },
    type: event.type,
  };
}
