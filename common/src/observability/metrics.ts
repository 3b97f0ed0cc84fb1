import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * The metrics of every service, in Prometheus' format at `/metrics`. Names of our own begin with `ticketing_`. A gauge of
 * a database reads the same in each replica: aggregate with max(), never with sum().
 */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    ...requestMetrics(registers),
    ...messageMetrics(registers),
    ...storeMetrics(registers),
    ...streamMetrics(registers),
    dependencyUp: new Gauge({
      name: 'ticketing_dependency_up',
      help: '1 while the dependency is available, else 0',
      labelNames: ['dependency'],
      registers,
    }),
    clockAhead: new Gauge({
      name: 'ticketing_clock_ahead_seconds',
      help: "Seconds by which this machine's clock is ahead of the store's; negative when it is behind",
      registers,
    }),
    spansDropped: new Counter({
      name: 'ticketing_spans_dropped_total',
      help: 'Spans dropped because the trace collector was slow or unavailable',
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

function requestMetrics(registers: Registry[]) {
  return {
    requests: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Response time by route and status',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.02, 0.1, 0.5, 1, 5],
      registers,
    }),
    requestsShed: new Counter({
      name: 'http_requests_shed_total',
      help: 'Requests rejected because too many were in flight',
      registers,
    }),
    requestLimit: new Gauge({
      name: 'http_requests_in_flight_limit',
      help: 'Current limit on requests in flight',
      registers,
    }),
  };
}

function streamMetrics(registers: Registry[]) {
  return {
    streamsOpen: new Gauge({
      name: 'ticketing_streams_open',
      help: 'Open streams of live updates in this process',
      registers,
    }),
    streamsEnded: new Counter({
      name: 'ticketing_streams_ended_total',
      help: 'Streams that ended, by reason: client, session, slow, stop',
      labelNames: ['reason'],
      registers,
    }),
    streamMessages: new Counter({
      name: 'ticketing_stream_messages_total',
      help: 'Messages sent to streams, without heartbeats',
      registers,
    }),
  };
}

function messageMetrics(registers: Registry[]) {
  return {
    messages: new Counter({
      name: 'ticketing_messages_total',
      help: 'Messages by type and outcome: accepted, already, refused, retry, dead-letter, misplaced',
      labelNames: ['type', 'outcome'],
      registers,
    }),
    redelivered: new Counter({
      name: 'ticketing_messages_redelivered_total',
      help: 'Messages that the bus delivered again',
      registers,
    }),
    paused: new Gauge({
      name: 'ticketing_consumption_paused',
      help: '1 while consumption is paused because a dependency is down',
      registers,
    }),
    published: new Counter({
      name: 'ticketing_events_published_total',
      help: 'Events that the broker has stored, by type',
      labelNames: ['type'],
      registers,
    }),
    refused: new Counter({
      name: 'ticketing_publishes_refused_total',
      help: 'Events that the connected broker did not store, by type',
      labelNames: ['type'],
      registers,
    }),
    windowUsed: new Gauge({
      name: 'ticketing_messages_pending_acks',
      help: 'Unacknowledged messages of this service at the broker, as a share of its limit',
      registers,
    }),
    streamBytes: new Gauge({
      name: 'ticketing_bus_stream_bytes',
      help: 'Bytes of events that the bus stores on each server; the same for every service',
      registers,
    }),
    streamLimit: new Gauge({
      name: 'ticketing_bus_stream_max_bytes',
      help: 'Bytes of events beyond which the bus refuses more; missing without a limit of the stream',
      registers,
    }),
    outboxSwept: new Gauge({
      name: 'ticketing_outbox_swept_entries',
      help: 'Unpublished outbox entries that the last sweep found',
      registers,
    }),
  };
}

function storeMetrics(registers: Registry[]) {
  return {
    outboxEntries: new Gauge({
      name: 'ticketing_outbox_entries',
      help: 'Events in the outboxes that the broker has not confirmed; counts at most 10,000 documents',
      registers,
    }),
    outboxAge: new Gauge({
      name: 'ticketing_outbox_oldest_seconds',
      help: 'Age of the oldest unconfirmed outbox event in seconds; 0 when there is none',
      registers,
    }),
    deadLetters: new Gauge({
      name: 'ticketing_dead_letters',
      help: 'Messages in the dead-letter store',
      registers,
    }),
    parked: new Gauge({
      name: 'ticketing_parked_messages',
      help: 'Messages that failed and wait in the store for their next try',
      registers,
    }),
    parkedAge: new Gauge({
      name: 'ticketing_parked_messages_oldest_seconds',
      help: 'Age of the oldest parked message in seconds by the clock of the store; 0 when there is none',
      registers,
    }),
    changes: new Counter({
      name: 'ticketing_status_changes_total',
      help: 'Status changes of orders, payments and tickets made by this process; from is empty for a new one',
      labelNames: ['thing', 'from', 'to'],
      registers,
    }),
    swept: new Counter({
      name: 'ticketing_sweep_found_total',
      help: 'Work that a sweep found because its timer, answer or publisher was lost',
      labelNames: ['job'],
      registers,
    }),
  };
}
