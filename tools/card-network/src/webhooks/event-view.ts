const API_VERSION = '2026-10-28.endive';

type Event = Readonly<{
  id: string;
  type: string;
  created: number;
  object: object;
  requestId: string | null;
  idempotencyKey: string | null;
  endpoints: number;
}>;

export function eventView(event: Event) {
  return {
    id: event.id,
    object: 'event',
    api_version: API_VERSION,
    created: event.created,
    data: { object: event.object },
    livemode: false,
    pending_webhooks: event.endpoints,
    request: { id: event.requestId, idempotency_key: event.idempotencyKey },
    type: event.type,
  };
}
