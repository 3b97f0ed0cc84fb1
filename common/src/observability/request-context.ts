// What is being done at the moment, for whoever is asked to say something about it: a log line gets the ids of the request
// or message that it belongs to, and a call to the database or to Stripe becomes a part of its trace. It follows the work
// through every `await`, also into what goes on in the background.

import { AsyncLocalStorage } from 'node:async_hooks';
import { spanning, type Attributes, type SpanKind, type Tracer } from './tracer.js';

export type RequestContext = Readonly<{
  tracer: Tracer;
  /** the present span's */
  traceparent: string;
  /** what its log lines carry: trace id, and the id of the request, event or job */
  fields: Readonly<Record<string, string>>;
  /** called for each step, when somebody traces */
  onStep?: () => unknown;
}>;

const journeys = new AsyncLocalStorage<RequestContext>();

/** Runs `work` as part of this journey. */
export function runInContext<T>(journey: RequestContext, work: () => T): T {
  return journeys.run(journey, work);
}

/** What a log line of the present journey carries. */
export function contextFields(): Readonly<Record<string, string>> | undefined {
  return journeys.getStore()?.fields;
}

type Part = Readonly<{ kind: SpanKind; attributes?: Attributes }>;

/** Runs `work` as a span of its own within the present one. Nothing but `work` when nobody traces. */
export async function withSpan<T>(name: string, part: Part, work: () => Promise<T>): Promise<T> {
  const journey = journeys.getStore();
  if (!journey?.tracer.on) return work();
  journey.onStep?.();
  const span = journey.tracer.start(name, { ...part, parent: journey.traceparent });
  return spanning(span, journeys.run({ ...journey, traceparent: span.traceparent }, work));
}
