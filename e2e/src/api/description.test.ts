// The committed descriptions are those of the code, and are what they claim to be.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
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
