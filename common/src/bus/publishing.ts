import type { Envelope } from '../events/event.js';
import { spanning, type Attributes, type Tracer } from '../observability/tracer.js';
import type { Bus } from './bus.js';

/** Of a span that sends or handles an event. https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
export const messaging = ({ id, type }: Pick<Envelope, 'id' | 'type'>): Attributes => ({
  'messaging.system': 'nats',
  'messaging.destination.name': type,
  'messaging.message.id': id,
});

/**
 * Publishes as part of the trace that the envelope names. What comes of the message comes of its publishing; without a tracer
 * there would be no such span to name, and the envelope stays as it is.
 * @throws DependencyDown when the broker did not confirm
 */
export async function publishing(
  envelope: Envelope,
  tracer: Tracer,
  bus: Pick<Bus, 'publish'>,
): Promise<void> {
  if (!tracer.on) return bus.publish(envelope);
  const span = tracer.start(`publish ${envelope.type}`, {
    kind: 'producer',
    parent: envelope.traceparent,
    attributes: messaging(envelope),
  });
  return spanning(span, bus.publish({ ...envelope, traceparent: span.traceparent }));
}
