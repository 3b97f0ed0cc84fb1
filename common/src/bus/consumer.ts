// Handles messages: each is parsed, handled, and then acknowledged, parked or moved to the dead letters.
//
//   on another event's subject     dropped with an alarm, and never a dead letter: a replay would handle it
//   does not match its schema      dead letter at once: a retry cannot help
//   accepted, already, refused     acknowledged; a refusal is logged with its code
//   a dependency is down           stays in flight and is retried without limit; this process pauses consumption
//   thing not found                parked; tried again when it appears; dead letter after two minutes
//   any other error                parked; tried again with growing delay; dead letter after five tries

import { SpanKind, type Span } from '@opentelemetry/api';
import type { Envelope } from '../events/event.js';
import { failPoint } from '../fail-points.js';
import { remoteParent, runInContext, traceparentOf, withSpan } from '../observability/spans.js';
import type { Cause } from '../observability/trace.js';
import { createGate, type Gate } from './backoff.js';
import type { BusMessage } from './bus.js';
import { misplacedEvent, parse, unknownMessage, type MessageInfo } from './parse-message.js';
import { messagingAttributes } from './publishing.js';
import { failureReports, retryParked, settle, type SettleParts } from './settle.js';
import type { Subscription } from './subscription.js';

type Parts = Omit<SettleParts, 'handle' | 'report'> & Readonly<{ subscriptions: readonly Subscription[] }>;

const heartbeatMs = 10_000;
// A try every few seconds does no harm, and consumption resumes soon after the outage (decision 12).
const outageDelayMaxMs = 5_000;

/**
 * Returns `deliver`, which a bus calls for each message and which never throws; `handle`, a single try; `retryParked`, a
 * job; and `stop`, which hands messages that wait for a dependency back to the broker.
 */
export function createConsumer(parts: Parts) {
  const { subscriptions, log, metrics, limits } = parts;
  const byType = new Map(subscriptions.map((subscription) => [subscription.event.type, subscription]));
  const stopping = new AbortController();
  const longest = Math.min(limits.RETRY_DELAY_MAX_MS, outageDelayMaxMs);
  const gate = createGate(limits.RETRY_DELAY_MS, longest, stopping.signal);

  /** @throws what the handler throws; InvalidInput when the message does not parse or has no subscription */
  async function handle(body: string, about: MessageInfo = unknownMessage()): Promise<void> {
    const { envelope, subscription, data } = parse(body, byType, about);
    const take = async (span: Span) => {
      failPoint('in-handler');
      const cause: Cause = { by: 'system', why: `event:${envelope.id}`, traceparent: traceparentOf(span) };
      const time = new Date(envelope.time);
      const decision = await subscription.handle({ data, id: envelope.id, time, cause });
      const outcome = decision?.outcome ?? 'accepted';
      metrics.messages.inc({ type: about.type, outcome });
      span.setAttribute('ticketing.outcome', outcome);
      if (decision?.outcome === 'refused') log.info({ code: decision.code }, 'event refused');
    };
    const options = {
      kind: SpanKind.CONSUMER,
      attributes: messagingAttributes(envelope),
      parent: remoteParent(envelope.traceparent),
    };
    await withSpan(`handle ${about.type}`, options, (span) => {
      about.fields = { event: envelope.id, traceId: span.spanContext().traceId };
      return runInContext(about.fields, () => take(span));
    });
  }

  const settleParts = { ...parts, handle, report: failureReports(log) };
  return {
    deliver: (message: BusMessage) => deliver(settleParts, gate, stopping.signal, message),
    handle,
    retryParked: retryParked(settleParts),
    stop: () => stopping.abort(),
  };
}

async function deliver(
  parts: SettleParts,
  gate: Gate,
  stopping: AbortSignal,
  message: BusMessage,
): Promise<void> {
  const { log, metrics } = parts;
  const heartbeat = setInterval(() => message.stillWorking(), heartbeatMs);
  const about = unknownMessage();
  if (message.isRedelivery) metrics.redelivered.inc();
  try {
    const misplaced = misplacedEvent(message);
    if (misplaced) return dropMisplaced(parts, message, misplaced);
    for (;;) {
      await gate.open();
      if (stopping.aborted) return message.retry(0);
      try {
        await settle(parts, message, about);
        gate.worked();
        metrics.paused.set(0);
        failPoint('before-ack');
        return message.ack();
      } catch (error) {
        const delayMs = gate.failed();
        if (delayMs === undefined) continue;
        metrics.paused.set(1);
        log.warn({ ...about.fields, err: error, delayMs }, 'a dependency is down: consumption is paused');
      }
    }
  } finally {
    clearInterval(heartbeat);
  }
}

function dropMisplaced(
  { log, metrics }: SettleParts,
  message: BusMessage,
  { id, type }: Pick<Envelope, 'id' | 'type'>,
): void {
  metrics.messages.inc({ type: 'unknown', outcome: 'misplaced' });
  log.error(
    { event: id, type, storedAt: message.storedAt, alarm: true },
    'event dropped: it came on the subject of another event and may be forged',
  );
  message.ack();
}
