// The operations of the API, from its description, so that the attacks cover a new route at once.

import { root } from '@ticketing/common/testing/servers';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Service } from './world.js';

export type Schema = Readonly<{
  type?: string | readonly string[];
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  enum?: readonly unknown[];
  [keyword: string]: unknown;
}>;

type Parameter = Readonly<{ name: string; in: 'path' | 'query' | 'header' | 'cookie'; schema?: Schema }>;

type Body = Readonly<Record<string, unknown>>;

type Described = Readonly<{
  operationId: string;
  security?: readonly Readonly<Record<string, unknown>>[];
  parameters?: readonly Parameter[];
  requestBody?: Readonly<{ content: Readonly<Record<string, { schema?: Schema; example?: Body }>> }>;
  responses: Readonly<Record<string, unknown>>;
}>;

export type Operation = Readonly<{
  name: string;
  method: string;
  /** with parameters in braces: `/api/orders/{orderId}` */
  path: string;
  service: Service;
  session: 'required' | 'optional' | 'anyone';
  parameters: readonly Parameter[];
  takesJson: boolean;
  /** an example of its JSON body */
  example: Body;
  statuses: readonly number[];
  /** codes of its 403, except cross-origin */
  forbids: readonly string[];
  isForOperators: boolean;
}>;

export const descriptionFile = join(root, 'docs', 'api', 'openapi.json');

const services: Readonly<Record<string, Service>> = {
  users: 'auth',
  docs: 'auth',
  tickets: 'tickets',
  orders: 'orders',
  payments: 'payments',
  notifications: 'notifications',
};

/** @throws Error if a path belongs to no known service */
export function operations(): Operation[] {
  const { paths, components } = JSON.parse(readFileSync(descriptionFile, 'utf8')) as {
    paths: Record<string, Record<string, Described>>;
    components: { parameters?: Record<string, Parameter>; schemas?: Record<string, Schema> };
  };
  const resolved = <T>(part: T | { $ref: string }): T =>
    typeof part === 'object' && part !== null && '$ref' in part
      ? (part.$ref
          .split('/')
          .slice(2)
          .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], components) as T)
      : (part as T);

  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => ['get', 'post', 'put', 'delete', 'patch'].includes(method))
      .map(([method, described]) => {
        const service = services[path.split('/')[2] ?? ''];
        if (!service) throw new Error(`The path ${path} belongs to no known service.`);
        const body = described.requestBody?.content['application/json'];
        const forbids = codesIn(resolved(described.responses['403'])).filter(
          (code) => code !== 'cross-origin',
        );
        return {
          name: described.operationId,
          method: method.toUpperCase(),
          path,
          service,
          session: sessionOf(described),
          parameters: (described.parameters ?? []).map((parameter) => resolved(parameter)),
          takesJson: body !== undefined && !isRaw(described),
          example: body?.example ?? {},
          forbids,
          isForOperators: forbids.includes('not-an-operator'),
          statuses: Object.keys(described.responses).map(Number),
        };
      }),
  );
}

// The description has a named example for each code.
function codesIn(response: unknown): string[] {
  const { content = {} } = (response ?? {}) as { content?: Record<string, { examples?: object }> };
  return Object.values(content).flatMap(({ examples = {} }) => Object.keys(examples));
}

function sessionOf({ security = [] }: Described): Operation['session'] {
  if (security.length === 0) return 'anyone';
  return security.some((requirement) => Object.keys(requirement).length === 0) ? 'optional' : 'required';
}

// The webhook reads its signed body as bytes, whatever the content type.
const isRaw = ({ operationId }: Described) => operationId === 'receiveWebhook';

/** The path with a value for each parameter. */
export function samplePath({ path }: Pick<Operation, 'path'>, value: (name: string) => string): string {
  return path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => value(name));
}
