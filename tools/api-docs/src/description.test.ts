// The committed descriptions are those of the code, and are what they claim to be.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { schemas } from '@asyncapi/specs';
import { allEvents } from '@ticketing/common/events';
import Ajv, { type AnySchemaObject } from 'ajv';
import addFormats from 'ajv-formats';
import { committed, pathOf, textOf } from './files.js';

describe('docs/api/openapi.json', () => {
  test('is what the code declares (if not: npm run docs:api)', () => {
    expect(committed('openapi.json')).toBe(textOf('openapi.json'));
  });

  test('is sound OpenAPI 3.1, its examples included', () => {
    const lint = [join(__dirname, 'lint.mjs'), pathOf('openapi.json')];
    expect(execFileSync(process.execPath, lint, { encoding: 'utf8' })).toBe('');
  });
});

describe('docs/api/asyncapi.json', () => {
  const document = JSON.parse(committed('asyncapi.json')) as AnySchemaObject;

  test('is what the code declares (if not: npm run docs:api)', () => {
    expect(committed('asyncapi.json')).toBe(textOf('asyncapi.json'));
  });

  test('is sound AsyncAPI 3.0', () => {
    const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
    addFormats(ajv);
    const official = schemas['3.0.0'] as AnySchemaObject;
    expect({ valid: ajv.validate(official, document), errors: ajv.errors }).toEqual({
      valid: true,
      errors: null,
    });
  });

  test.each(allEvents.map(({ type }) => type.replaceAll(':', '.')))(
    'has an example of %s that fits',
    (name) => {
      const ajv = new Ajv({ strict: false });
      addFormats(ajv);
      ajv.addSchema({ $id: 'asyncapi', ...document });
      const { examples } = document.components.messages[name];
      expect(examples).toHaveLength(1);
      const fits = ajv.validate(`asyncapi#/components/messages/${name}/payload`, examples[0].payload);
      expect({ fits, errors: ajv.errors }).toEqual({ fits: true, errors: null });
    },
  );
});
