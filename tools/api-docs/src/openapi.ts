// The OpenAPI description of all services, derived from the declarations of their routes.
// https://spec.openapis.org/oas/v3.1.1.html

import { commonRefusals, type Route } from '@ticketing/common/http';
import { services } from './tables.js';
import { descriptionOf } from './descriptions.js';
import { exampleOf } from './examples.js';
import { answerHeaders, headerParameters, headersOf } from './headers.js';
import { about, streamed, success, tags } from './prose.js';
import { errorSchemas, refusalAnswer, refusalsOf, type Code } from './refusals.js';
import { createSchemas, type Json, type Schemas } from './schemas.js';

type Service = (typeof services)[number];
type Parts = Readonly<{ schemas: Schemas; refusals: Record<string, Json>; codes: Code[] }>;

const securitySchemes: Json = {
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'session',
    description: 'Set by signing up and signing in.',
  },
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'The `token` of the session, which signing up, signing in and changing the password give to a body with `token: true`.',
  },
};

/** The OpenAPI 3.1 document. */
export function describeApi(): Json {
  const parts: Parts = { schemas: createSchemas(), refusals: {}, codes: [] };
  const paths = pathsOf(parts);
  const responses = shareResponses(paths, parts.refusals);
  return {
    openapi: '3.1.1',
    info: about,
    servers: [{ url: '/', description: 'The origin of this description.' }],
    tags,
    paths,
    components: {
      schemas: sorted({ ...parts.schemas.components, ...errorSchemas(parts.codes, parts.schemas) }),
      responses: sorted(responses),
      headers: answerHeaders,
      securitySchemes,
    },
  };
}

function pathsOf(parts: Parts): Record<string, Json> {
  const paths: Record<string, Json> = {};
  const names = new Set<string>();
  for (const service of services)
    for (const route of service.routes) {
      const { name } = route.endpoint.declaration;
      if (names.has(name)) throw new Error(`Two routes have the name ${name}.`);
      names.add(name);
      const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
      (paths[path] ??= {})[route.method] = operation(route, service, parts);
    }
  return paths;
}

function operation(route: Route, service: Service, parts: Parts): Json {
  const { declaration } = route.endpoint;
  const parameters = [
    ...parametersIn('path', declaration.params, parts.schemas),
    ...parametersIn('query', declaration.query, parts.schemas),
    ...headerParameters(route.method, declaration),
  ];
  const body = requestBody(declaration, parts.schemas);
  const codes = refusalsOf(route, { ...commonRefusals, ...service.refusals });
  parts.codes.push(...codes);
  return {
    operationId: declaration.name,
    summary: declaration.summary,
    description: descriptionOf(route, codes),
    tags: [service.name],
    security: securityFor(declaration.user),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: body }),
    responses: {
      ...answersOf(declaration, parts.schemas),
      ...(route.method === 'get' && declaration.versioned && notModified(declaration)),
      ...errorResponses(declaration, codes, parts),
    },
  };
}

const sessions = [{ session: [] }, { bearer: [] }];
const securityFor = (user: Route['endpoint']['declaration']['user']) =>
  ({ required: sessions, operator: sessions, optional: [{}, ...sessions], anyone: [] })[user];

type Declaration = Route['endpoint']['declaration'];

function parametersIn(place: 'path' | 'query', declared: Declaration['params'], schemas: Schemas): Json[] {
  if (!declared) return [];
  const { properties = {}, required = [] } = schemas.of(declared, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema,
    ...(place === 'path' && { example: exampleOf(schema, name, schemas) }),
  }));
}

function requestBody({ name, body, rawBody }: Declaration, schemas: Schemas): Json | undefined {
  if (rawBody)
    return {
      required: true,
      description: 'A Stripe event, byte for byte as signed.',
      content: { 'application/json': { schema: { type: 'object' }, example: { object: 'event' } } },
    };
  if (!body) return undefined;
  const schema = schemas.of(body, 'input');
  return {
    required: !body.safeParse(undefined).success,
    content: { 'application/json': { schema, example: exampleOf(schema, name, schemas) } },
  };
}

function answersOf(declaration: Declaration, schemas: Schemas): Json {
  return Object.fromEntries(
    Object.entries(declaration.answers).map(([status, answer]) => {
      const headers = headersOf(declaration, Number(status));
      const description = success[status] ?? '';
      if (status === '204') return [status, { description, headers }];
      const schema = schemas.of(answer, 'output');
      const example = exampleOf(schema, declaration.name, schemas);
      if (declaration.streams)
        return [status, { description: streamed, headers, content: eventStream(schema, example) }];
      return [status, { description, headers, content: { 'application/json': { schema, example } } }];
    }),
  );
}

// OpenAPI 3.2 calls it `itemSchema`.
const eventStream = (schema: Json, example: unknown): Json => ({
  'text/event-stream': {
    schema: { type: 'string' },
    'x-itemSchema': { type: 'object', properties: { data: schema } },
    example: `retry: 2000\nid: 3\ndata: ${JSON.stringify(example)}\n\n`,
  },
});

const notModified = (declaration: Declaration): Json => ({
  304: { description: 'The client has the current version.', headers: headersOf(declaration, 304) },
});

// Equal responses are the same object, so that `shareResponses` finds them.
function errorResponses(
  declaration: Declaration,
  codes: readonly Code[],
  { refusals, schemas }: Parts,
): Json {
  const statuses = [...new Set(codes.map(({ status }) => status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const ofStatus = codes.filter((code) => code.status === status);
      const fields = ofStatus.flatMap(({ field }) => field ?? []);
      // Generators of code make identifiers of these names, so they start with a letter.
      const name = ['Error', status, ...ofStatus.map(({ code }) => code), ...fields].join('.');
      refusals[name] ??= refusalAnswer(ofStatus, headersOf(declaration, status), schemas);
      return [status, refusals[name]];
    }),
  );
}

/**
 * Moves the responses of several operations to components. That of one operation stays there: its name would be a list of
 * all its codes.
 * @returns the components
 */
function shareResponses(paths: Record<string, Json>, refusals: Record<string, Json>): Record<string, Json> {
  const operations = Object.values(paths).flatMap(
    (methods) => Object.values(methods) as { responses: Json }[],
  );
  const shared: Record<string, Json> = {};
  for (const [name, answer] of Object.entries(refusals)) {
    const users = operations.filter(({ responses }) => Object.values(responses).includes(answer));
    if (users.length < 2) continue;
    shared[name] = answer;
    for (const { responses } of users)
      for (const status of Object.keys(responses))
        if (responses[status] === answer) responses[status] = { $ref: `#/components/responses/${name}` };
  }
  return shared;
}

const sorted = (record: Record<string, Json>): Record<string, Json> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
