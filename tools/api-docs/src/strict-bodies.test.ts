// No operation of any service ignores a field of its body. `handle` refuses to declare one that would; this test reads
// what clients read.

import { describeApi } from './openapi.js';

type Operation = Readonly<{
  operationId: string;
  requestBody?: Readonly<{ content: Readonly<Record<string, { schema: object }>> }>;
}>;

// The webhook's body is Stripe's, byte for byte.
const rawBodies = ['receiveWebhook'];

const { paths, components } = describeApi() as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
};
const bodies = Object.values(paths)
  .flatMap((methods) => Object.values(methods))
  .filter(({ operationId, requestBody }) => requestBody && !rawBodies.includes(operationId))
  .map(({ operationId, requestBody }) => ({
    operationId,
    schema: requestBody?.content['application/json']?.schema,
  }));

/** Every object in the schema, by reference too. */
function* objectsIn(schema: unknown): Generator<Record<string, unknown>> {
  if (typeof schema !== 'object' || schema === null) return;
  if ('$ref' in schema) yield* objectsIn(components.schemas[String(schema.$ref).split('/').at(-1) ?? '']);
  if ('type' in schema && schema.type === 'object') yield schema as Record<string, unknown>;
  for (const inner of Object.values(schema)) yield* objectsIn(inner);
}

test.each(bodies)('the body of $operationId has no unknown fields, at any depth', ({ schema }) => {
  const objects = [...objectsIn(schema)];
  expect(objects.length).toBeGreaterThan(0);
  for (const object of objects) expect(object).toMatchObject({ additionalProperties: false });
});

test('the bodies of all services are described', () => {
  expect(bodies.map(({ operationId }) => operationId)).toEqual(
    expect.arrayContaining(['signUp', 'createTicket', 'updateTicket', 'placeOrder', 'payOrder']),
  );
});
