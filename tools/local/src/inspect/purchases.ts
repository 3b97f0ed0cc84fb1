// Finds the order that a step belongs to: by its own id, by an id in its data, or by the trace that caused it.

import type { Envelope } from '@ticketing/common/events';
import { traceIdOf } from '@ticketing/common/observability';

const maxKnown = 2_000;

export type Purchases = Readonly<{
  ofEvent(envelope: Pick<Envelope, 'type' | 'subject' | 'traceparent' | 'data'>): string | undefined;
  ofDocument(
    document: Readonly<{ service: string; collection: string; id: string; changes: object }>,
  ): string | undefined;
}>;

export function createPurchases(): Purchases {
  const orders = new Set<string>();
  const byTrace = new Map<string, string>();
  /** by the id and the version of a ticket: the order whose change led to that version */
  const byTicket = new Map<string, string>();

  function know(orderId: string, trace?: string): string {
    orders.add(orderId);
    if (trace !== undefined) byTrace.set(trace, orderId);
    for (const known of [orders, byTrace, byTicket])
      if (known.size > maxKnown) known.delete([...known.keys()][0] ?? '');
    return orderId;
  }

  /** The last one in the text: histories end with their newest entry. */
  const knownIn = (text: string) => (text.match(/\b[0-9a-f]{24}\b/g) ?? []).findLast((id) => orders.has(id));
  /** The order of the trace in the event that is stored with the change. */
  const byTraceIn = (text: string) => byTrace.get(/\b00-([0-9a-f]{32})-/.exec(text)?.[1] ?? '');

  return {
    ofEvent({ type, subject, traceparent, data }) {
      const trace = traceparent === undefined ? undefined : traceIdOf(traceparent);
      // Events of these publishers are about an order.
      if (/^(order|payment|expiration):/.test(type)) return know(subject, trace);
      const orderId = byTrace.get(trace ?? '') ?? knownIn(JSON.stringify(data));
      const { version } = data as { version?: number };
      if (type.startsWith('ticket:') && orderId !== undefined) byTicket.set(`${subject}/${version}`, orderId);
      return orderId;
    },
    ofDocument({ service, collection, id, changes }) {
      if (service === 'orders' && collection === 'orders') return know(id);
      const { version } = changes as { version?: number };
      if (collection === 'tickets') {
        const orderId = byTicket.get(`${id}/${version}`);
        if (orderId !== undefined) return orderId;
      }
      const text = JSON.stringify(changes);
      return knownIn(id) ?? byTraceIn(text) ?? knownIn(text);
    },
  };
}
