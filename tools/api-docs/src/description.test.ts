// The committed descriptions match the code and are valid OpenAPI and AsyncAPI.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { schemas } from '@asyncapi/specs';
import { allEvents } from '@ticketing/common/events';
import Ajv, { type AnySchemaObject } from 'ajv';
import addFormats from 'ajv-formats';
import { committed, pathOf, textOf } from './files.js';

describe('docs/api/openapi.json', () => {
  test('matches the declarations in the code (otherwise run npm run docs:api)', () => {
    expect(committed('openapi.json')).toBe(textOf('openapi.json'));
  });

  test('is valid OpenAPI 3.1, and so are its examples', () => {
    const lint = [join(__dirname, 'lint.mjs'), pathOf('openapi.json')];
    expect(execFileSync(process.execPath, lint, { encoding: 'utf8' })).toBe('');
  });

  test('describes every error by one schema, beside the codes of its operation', () => {
    type Response = { $ref?: string; content?: Record<string, { schema: object }> };
    type Document = {
      paths: Record<string, Record<string, { responses: Record<string, Response> }>>;
      components: { responses: Record<string, Response> };
    };
    const { paths, components } = JSON.parse(textOf('openapi.json')) as Document;
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    const errors = [components, ...operations].flatMap(({ responses }) =>
      Object.entries(responses).filter(([name, { $ref }]) => !$ref && /^(Error|4|5)/.test(name)),
    );
    expect(errors.length).toBeGreaterThan(40);
    for (const [, { content }] of errors)
      expect(content?.['application/json']).toMatchObject({
        schema: { $ref: '#/components/schemas/ErrorResponse' },
        'x-narrowSchema': { type: 'object' },
      });
  });

  test('names its components so that generators of code can make identifiers of them', () => {
    const { components } = JSON.parse(textOf('openapi.json')) as { components: Record<string, object> };
    const names = ['schemas', 'responses'].flatMap((kind) => Object.keys(components[kind] ?? {}));
    expect(names.filter((name) => !/^[A-Za-z][\w.-]*$/.test(name))).toEqual([]);
    const identifiers = names.map((name) => name.replaceAll(/[.-]/g, '').toLowerCase());
    expect(new Set(identifiers).size).toBe(names.length);
  });
});

describe('docs/api/asyncapi.json', () => {
  const document = JSON.parse(committed('asyncapi.json')) as AnySchemaObject;

  test('matches the declarations in the code (otherwise run npm run docs:api)', () => {
    expect(committed('asyncapi.json')).toBe(textOf('asyncapi.json'));
  });

  test('is valid AsyncAPI 3.1', () => {
    const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
    addFormats(ajv);
    const official = schemas['3.1.0'] as AnySchemaObject;
    expect({ valid: ajv.validate(official, document), errors: ajv.errors }).toEqual({
      valid: true,
      errors: null,
    });
  });

  test.each(allEvents.map(({ type }) => type.replaceAll(':', '.')))('has a valid example of %s', (name) => {
    const ajv = new Ajv({ strict: false });
    addFormats(ajv);
    ajv.addSchema({ $id: 'asyncapi', ...document });
    const { examples } = document.components.messages[name];
    expect(examples).toHaveLength(1);
    const valid = ajv.validate(`asyncapi#/components/messages/${name}/payload`, examples[0].payload);
    expect({ valid, errors: ajv.errors }).toEqual({ valid: true, errors: null });
  });
});
