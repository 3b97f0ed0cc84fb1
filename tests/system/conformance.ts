// Compares answers with docs/api/openapi.json: status, headers and body of the operation.

import type { IncomingHttpHeaders } from 'node:http';
import addFormats from 'ajv-formats';
import Ajv from 'ajv/dist/2020';
import { committed } from '@ticketing/api-docs';
import type { Json } from '@ticketing/api-docs';

export type Answer = Readonly<{
  method: string;
  path: string;
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}>;

type Document = { paths: Record<string, Record<string, { operationId: string; responses: Json }>> };
type Described = { $ref?: string; headers?: Record<string, Json>; content?: Record<string, Json> };

/** headers that may only occur where the operation describes them */
const describedOnly = ['set-cookie', 'link', 'etag', 'retry-after'];

/** Returns a function that lists the deviations of an answer. A 404 outside the described paths is no deviation. */
export function createConformanceCheck(text = committed('openapi.json')): (answer: Answer) => string[] {
  const document = JSON.parse(text) as Document;
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema(document, 'api');
  const paths = Object.keys(document.paths)
    .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`, 'i') }))
    // A literal path takes precedence over a parameter.
    .sort((a, b) => a.path.split('{').length - b.path.split('{').length);

  function validate(pointer: string, value: unknown): string[] {
    if (ajv.validate(`api#${pointer}`, value)) return [];
    return (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath || 'it'} ${message}`);
  }

  function compare(at: string, { headers, body }: Answer): string[] {
    const described = look(document, at) as Described;
    if (described.$ref) return compare(described.$ref.slice(1), { headers, body } as Answer);
    const type = (headers['content-type'] ?? '').split(';')[0] ?? '';
    const wanted = Object.keys(described.content ?? {})[0] ?? '';
    return [
      ...headerDeviations(document, described, headers),
      ...(type === wanted ? [] : [`the content type is ${type || 'none'}, not ${wanted || 'none'}`]),
      ...(type === wanted && wanted === 'application/json'
        ? schemasOf(described.content?.[wanted]).flatMap((schema) =>
            validate(`${at}/content/${escaped(wanted)}/${schema}`, JSON.parse(body)),
          )
        : []),
    ];
  }

  return (answer) => {
    const { method, path, status } = answer;
    const found = paths.find(
      ({ path: one, pattern }) => pattern.test(path) && method in (document.paths[one] ?? {}),
    );
    if (!found) return status === 404 ? [] : [`${method} ${path} is not described, but answered ${status}`];
    const operation = document.paths[found.path]?.[method];
    const name = `${operation?.operationId} (${method} ${path}) answered ${status}:`;
    if (!operation || !(status in operation.responses)) return [`${name} the status is not described`];
    const at = `/paths/${escaped(found.path)}/${method}/responses/${status}`;
    return compare(at, answer).map((problem) => `${name} ${problem}`);
  };
}

function headerDeviations(document: Document, described: Described, headers: IncomingHttpHeaders): string[] {
  const entries = Object.entries(described.headers ?? {});
  const known = new Set(entries.map(([name]) => name.toLowerCase()));
  const isRequired = ({ $ref, ...inline }: Json) =>
    (typeof $ref === 'string' ? (look(document, $ref.slice(1)) as Json) : inline)['required'] === true;
  const missing = entries.filter(
    ([name, header]) => isRequired(header) && headers[name.toLowerCase()] === undefined,
  );
  const undescribed = describedOnly.filter((name) => name in headers && !known.has(name));
  return [
    ...missing.map(([name]) => `${name} is missing`),
    ...undescribed.map((name) => `${name} is not described`),
  ];
}

// An error has the schema of all errors, and a narrower one with the codes of its operation.
const schemasOf = (media: Json = {}) => ['schema', 'x-narrowSchema'].filter((name) => name in media);

const escaped = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');

const look = (document: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((value, key) => (value as Json)[key], document);
