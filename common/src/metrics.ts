import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The figures every service keeps; `/metrics` prints them for Prometheus. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    requests: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time to answer, by route and status',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.02, 0.1, 0.5, 1, 5],
      registers,
    }),
    requestsShed: new Counter({
      name: 'http_requests_shed_total',
      help: 'Requests refused before they were looked at, because too many are in hand',
      registers,
    }),
    requestLimit: new Gauge({
      name: 'http_requests_in_flight_limit',
      help: 'How many requests may be in hand at the moment',
      registers,
    }),
    messages: new Counter({
      name: 'messages_total',
      help: 'Messages by type and outcome: accepted, already, refused, retry, dead-letter',
      labelNames: ['type', 'outcome'],
      registers,
    }),
    published: new Counter({
      name: 'events_published_total',
      help: 'Events the broker has stored, by type',
      labelNames: ['type'],
      registers,
    }),
    outboxSwept: new Gauge({
      name: 'outbox_swept_entries',
      help: 'Entries that the last sweep found unpublished',
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
