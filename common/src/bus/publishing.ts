import { SpanKind, type Attributes } from '@opentelemetry/api';
import type { Envelope } from '../events/event.js';
import { remoteParent, traceparentOf, withSpan } from '../observability/spans.js';
import type { Bus } from './bus.js';

/** Attributes of a span that publishes or handles an event. https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
export const messagingAttributes = ({ id, type }: Pick<Envelope, 'id' | 'type'>): Attributes => ({
  'messaging.system': 'nats',
  'messaging.destination.name': type,
  'messaging.message.id': id,
});

/**
 * Publishes in the trace of the envelope. A recorded publish span becomes the parent of the consumers' spans; without one
 * the envelope stays as it is.
 * @throws DependencyDown when the broker did not confirm
 */
export async function publishWithSpan(envelope: Envelope, bus: Pick<Bus, 'publish'>): Promise<void> {
  const options = {
    kind: SpanKind.PRODUCER,
    attributes: messagingAttributes(envelope),
    parent: remoteParent(envelope.traceparent),
  };
  await withSpan(`publish ${envelope.type}`, options, (span) =>
    bus.publish(span.isRecording() ? { ...envelope, traceparent: traceparentOf(span) } : envelope),
  );
}
