// What happens to a message: parsed, handled, and then exactly one of acknowledged, retried or dead-lettered.
//
//   does not fit its schema        dead letter at once: it will never fit
//   accepted, already, refused     acknowledged; a refusal is logged with its code
//   a dependency is down           stays in hand, tried again for ever; everybody else in this process waits too
//   thing not found                retried; dead letter after an hour
//   anything else thrown           retried with growing delay; dead letter after five tries

import { SpanKind, type Span } from '@opentelemetry/api';
import { InvalidInput, isOutage, NotFound } from '../errors.js';
import { Envelope } from '../events/event.js';
import { failPoint } from '../fail-points.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import type { Cause } from '../observability/trace.js';
import { remoteParent, runInContext, traceparentOf, withSpan } from '../observability/spans.js';
import { backoff, createGate } from './backoff.js';
import type { BusMessage } from './bus.js';
import type { DeadLetters } from './dead-letters.js';
import { messaging } from './publishing.js';
import type { Subscription } from './subscription.js';

export type ConsumerLimits = Readonly<{
  RETRY_DELAY_MS: number;
  RETRY_DELAY_MAX_MS: number;
  MAX_TRIES: number;
  NOT_FOUND_RETRY_SECONDS: number;
}>;

type Parts = Readonly<{
  subscriptions: readonly Subscription[];
  deadLetters: DeadLetters;
  log: Logger;
  metrics: Metrics;
  limits: ConsumerLimits;
}>;

const heartbeatMs = 10_000;
// One try every few seconds harms nobody, and when the dependency is back everything goes on at once (decision 12).
const outageDelayMaxMs = 5_000;

/** Makes the `deliver` function that a bus calls for each message, which never throws; `handle` is one bare try. */
export function createConsumer(parts: Parts) {
  const { subscriptions, deadLetters, log, metrics, limits } = parts;
  const byType = new Map(subscriptions.map((subscription) => [subscription.event.type, subscription]));
  const stopping = new AbortController();
  const longest = Math.min(limits.RETRY_DELAY_MAX_MS, outageDelayMaxMs);
  const gate = createGate(limits.RETRY_DELAY_MS, longest, stopping.signal);

  /** @throws whatever the handler throws, and InvalidInput when nobody here can take it */
  async function handle(body: string, about: About = aboutNothing()): Promise<void> {
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
      attributes: messaging(envelope),
      parent: remoteParent(envelope.traceparent),
    };
    await withSpan(`handle ${about.type}`, options, (span) => {
      about.fields = { event: envelope.id, traceId: span.spanContext().traceId };
      return runInContext(about.fields, () => take(span));
    });
  }

  async function bury(message: BusMessage, { type, fields }: About, error: Error): Promise<void> {
    const { body, tries, storedAt } = message;
    await deadLetters.add({
      body,
      type,
      error: error.stack ?? error.message,
      tries,
      storedAt,
      diedAt: new Date(),
    });
    metrics.messages.inc({ type, outcome: 'dead-letter' });
    log.error({ ...fields, err: error, type, tries, alarm: true }, 'message moved to the dead letters');
  }

  async function settle(message: BusMessage, about: About): Promise<'ack' | number> {
    const { tries } = message;
    try {
      await handle(message.body, about);
      return 'ack';
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (isOutage(error)) throw error;
      const verdict = judge(error, message, limits);
      if (verdict === 'dead') {
        await bury(message, about, error);
        return 'ack';
      }
      const { type, fields } = about;
      metrics.messages.inc({ type, outcome: 'retry' });
      log.warn({ ...fields, err: error, type, tries, delayMs: verdict }, 'message will be tried again');
      return verdict;
    }
  }

  async function deliver(message: BusMessage): Promise<void> {
    const heartbeat = setInterval(() => message.stillWorking(), heartbeatMs);
    const about = aboutNothing();
    if (message.tries > 1) metrics.redelivered.inc();
    try {
      for (;;) {
        await gate.open();
        if (stopping.signal.aborted) return message.retry(0);
        try {
          const next = await settle(message, about);
          gate.worked();
          metrics.paused.set(0);
          failPoint('before-ack');
          return next === 'ack' ? message.ack() : message.retry(next);
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

  return { deliver, handle, stop: () => stopping.abort() };
}

/** What is known of the message in hand, for log and metrics. */
type About = { type: string; fields: Readonly<Record<string, string>> };
const aboutNothing = (): About => ({ type: 'unknown', fields: {} });

function parse(body: string, byType: ReadonlyMap<string, Subscription>, about: About) {
  const envelope = Envelope.safeParse(jsonOf(body));
  if (!envelope.success) throw new InvalidInput([{ message: `not an envelope: ${envelope.error.message}` }]);
  about.type = envelope.data.type;
  const subscription = byType.get(envelope.data.type);
  if (!subscription) throw new InvalidInput([{ message: `no subscription to ${envelope.data.type}` }]);
  const data = subscription.event.schema.safeParse(envelope.data.data);
  if (!data.success)
    throw new InvalidInput([{ message: `not a ${envelope.data.type}: ${data.error.message}` }]);
  return { envelope: envelope.data, subscription, data: data.data };
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function judge(error: Error, { tries, storedAt }: BusMessage, limits: ConsumerLimits): 'dead' | number {
  if (error instanceof InvalidInput) return 'dead';
  const patience = limits.NOT_FOUND_RETRY_SECONDS * 1_000;
  const waitsForAnother = error instanceof NotFound && Date.now() - storedAt.getTime() < patience;
  if (tries >= limits.MAX_TRIES && !waitsForAnother) return 'dead';
  return backoff(tries, limits.RETRY_DELAY_MS, limits.RETRY_DELAY_MAX_MS);
}
