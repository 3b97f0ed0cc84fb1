import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * The figures every service keeps; `/metrics` prints them for Prometheus. What is ours alone begins with `ticketing_`. Gauges of
 * what lies in a database are the same in each replica: take their max(), never their sum().
 */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    ...ofRequests(registers),
    ...ofMessages(registers),
    ...ofStores(registers),
    dependencyUp: new Gauge({
      name: 'ticketing_dependency_up',
      help: '1 when the database, redis or the bus is fit, else 0',
      labelNames: ['dependency'],
      registers,
    }),
    spansDropped: new Counter({
      name: 'ticketing_spans_dropped_total',
      help: 'Spans that the collector of traces did not take',
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

function ofRequests(registers: Registry[]) {
  return {
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
  };
}

function ofMessages(registers: Registry[]) {
  return {
    messages: new Counter({
      name: 'ticketing_messages_total',
      help: 'Messages by type and outcome: accepted, already, refused, retry, dead-letter',
      labelNames: ['type', 'outcome'],
      registers,
    }),
    redelivered: new Counter({
      name: 'ticketing_messages_redelivered_total',
      help: 'Messages that the bus has delivered before',
      registers,
    }),
    paused: new Gauge({
      name: 'ticketing_consumption_paused',
      help: '1 while nothing is consumed because a dependency is down',
      registers,
    }),
    published: new Counter({
      name: 'ticketing_events_published_total',
      help: 'Events the broker has stored, by type',
      labelNames: ['type'],
      registers,
    }),
    outboxSwept: new Gauge({
      name: 'ticketing_outbox_swept_entries',
      help: 'Entries that the last sweep found unpublished',
      registers,
    }),
  };
}

function ofStores(registers: Registry[]) {
  return {
    outboxEntries: new Gauge({
      name: 'ticketing_outbox_entries',
      help: 'Events in the outboxes that the broker has not confirmed; counted up to 10,000 things',
      registers,
    }),
    outboxAge: new Gauge({
      name: 'ticketing_outbox_oldest_seconds',
      help: 'Age of the oldest of them; 0 when there is none',
      registers,
    }),
    deadLetters: new Gauge({
      name: 'ticketing_dead_letters',
      help: 'Messages that lie in the dead letters',
      registers,
    }),
    changes: new Counter({
      name: 'ticketing_status_changes_total',
      help: 'Orders, payments and tickets that went from one status to another, by this process; from is empty for a new one',
      labelNames: ['thing', 'from', 'to'],
      registers,
    }),
    swept: new Counter({
      name: 'ticketing_sweep_found_total',
      help: 'What a sweep had to do because its timer, answer or publisher was lost',
      labelNames: ['job'],
      registers,
    }),
  };
}
