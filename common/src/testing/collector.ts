// A fake trace collector: accepts OTLP as JSON over HTTP and records the spans.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

type Value = Readonly<{ stringValue?: string; intValue?: number | string; boolValue?: boolean }>;
type Attribute = Readonly<{ key: string; value: Value }>;
type OtlpSpan = Readonly<{
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: readonly Attribute[];
  status: { code?: number };
}>;
type Payload = Readonly<{
  resourceSpans: readonly {
    resource: { attributes: readonly Attribute[] };
    scopeSpans: readonly { spans: readonly OtlpSpan[] }[];
  }[];
}>;

export type SeenSpan = Readonly<{
  service: string;
  /** `service.namespace` */
  namespace: string;
  name: string;
  traceId: string;
  id: string;
  parent: string | undefined;
  kind: string;
  failed: boolean;
  attributes: Readonly<Record<string, string | number | boolean | undefined>>;
}>;

const kinds = ['', 'internal', 'server', 'client', 'producer', 'consumer'];

/** `answer` returns the status for each delivery; deliveries answered 200 are recorded in `spans`. */
export async function startCollector(answer: () => number = () => 200) {
  const spans: SeenSpan[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const status = answer();
      const body = Buffer.concat(chunks).toString();
      if (status === 200) {
        bodies.push(body);
        spans.push(...spansIn(JSON.parse(body) as Payload));
      }
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    /** the raw deliveries */
    bodies,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function spansIn({ resourceSpans }: Payload): SeenSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const { 'service.name': service, 'service.namespace': namespace } = valuesOf(resource.attributes);
    const source = { service: String(service), namespace: String(namespace) };
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => toSeenSpan(source, span)));
  });
}

const toSeenSpan = (source: Pick<SeenSpan, 'service' | 'namespace'>, span: OtlpSpan): SeenSpan => ({
  ...source,
  name: span.name,
  traceId: span.traceId,
  id: span.spanId,
  parent: span.parentSpanId || undefined,
  kind: kinds[span.kind] ?? '',
  failed: span.status.code === 2,
  attributes: valuesOf(span.attributes),
});

const valuesOf = (attributes: readonly Attribute[]) =>
  Object.fromEntries(
    attributes.map(({ key, value }) => {
      const { stringValue, intValue, boolValue } = value;
      return [key, stringValue ?? (intValue === undefined ? boolValue : Number(intValue))];
    }),
  );
