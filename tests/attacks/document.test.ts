// docs/security.md is complete, and everything that it names exists.

import { root } from '@ticketing/common/testing/servers';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(join(root, 'docs', 'security.md'), 'utf8');

// The number of requirements of levels 1 and 2 in each section of OWASP ASVS 5.0.0.

const sections: Readonly<Record<string, number>> = {
  '2.1': 3,
  '2.2': 3,
  '2.3': 4,
  '2.4': 1,
  '4.1': 3,
  '4.2': 1,
  '4.3': 2,
  '4.4': 4,
  '6.1': 3,
  '6.2': 12,
  '6.3': 4,
  '6.4': 4,
  '6.5': 5,
  '6.6': 3,
  '6.8': 4,
  '7.1': 3,
  '7.2': 4,
  '7.3': 2,
  '7.4': 5,
  '7.5': 2,
  '7.6': 2,
  '8.1': 2,
  '8.2': 3,
  '8.3': 1,
  '8.4': 1,
  '9.1': 3,
  '9.2': 4,
  '16.1': 1,
  '16.2': 5,
  '16.3': 4,
  '16.4': 3,
  '16.5': 3,
};

test('every requirement has exactly one line', () => {
  const wanted = Object.entries(sections).flatMap(([section, count]) =>
    Array.from({ length: Number(count) }, (_, index) => `${section}.${index + 1}`),
  );
  const lines = [...page.matchAll(/^\| (\d+\.\d+\.\d+) \| .+ \| (.+) \|$/gm)];
  expect(lines.map(([, id]) => id)).toEqual(wanted);
});

test('every file that the document names exists', () => {
  const named = [...page.matchAll(/`([\w./-]+\/[\w./-]+\.(?:ts|json|md))`/g)].map(([, file = '']) => file);
  expect(named.length).toBeGreaterThan(50);
  expect([...new Set(named)].filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test('the document names exactly the attacks that exist', () => {
  const program = readFileSync(join(root, 'tests', 'attacks', 'main.ts'), 'utf8');
  const attacks = [
    ...(/const attacks[^{]*\{([^}]*)\}/.exec(program)?.[1] ?? '').matchAll(/^ {2}'?([\w-]+)'?[:,]/gm),
  ];
  const rows = [...page.matchAll(/^\| `([\w-]+)` \| /gm)];
  expect(rows.map(([, name]) => name).toSorted(byName)).toEqual(
    attacks.map(([, name]) => name).toSorted(byName),
  );
});

const byName = (a = '', b = '') => a.localeCompare(b);
