import { root } from '@ticketing/common/testing/servers';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultsIn, type Lockfile } from './dependencies.js';

const integrity = `sha512-${'A'.repeat(86)}==`;
const locked = (more: object) => ({ packages: { 'node_modules/x': { integrity, license: 'MIT', ...more } } });

test('the lockfile has no fault', () => {
  const file = join(root, 'package-lock.json');
  expect(faultsIn(JSON.parse(readFileSync(file, 'utf8')) as Lockfile)).toEqual([]);
});

const faulty: [what: string, lockfile: Lockfile][] = [
  ['without a digest', locked({ integrity: undefined })],
  ['with a weak digest', locked({ integrity: 'sha1-AAAA' })],
  ['from an address without TLS', locked({ resolved: 'http://example.com/x.tgz' })],
  ['from a repository', locked({ resolved: 'git+ssh://git@example.com/x.git#1' })],
  ['with an unlisted install script', locked({ hasInstallScript: true })],
  ['with a copyleft licence', locked({ license: 'AGPL-3.0-only' })],
  ['without a licence', locked({ license: undefined })],
  [
    'linked to a folder outside of the workspaces',
    { packages: { 'node_modules/x': { link: true, resolved: '../elsewhere' } } },
  ],
  ['required by URL', { packages: { '': { dependencies: { x: 'https://example.com/x.tgz' } } } }],
  ['required by repository', { packages: { '': { devDependencies: { x: 'somebody/x' } } } }],
  ['required as a folder', { packages: { common: { dependencies: { x: 'file:../x' } } } }],
];
test.each(faulty)('a package %s is reported', (_what, lockfile) => {
  expect(faultsIn(lockfile)).toHaveLength(1);
});

test('a correct package and a workspace are not reported', () => {
  expect(faultsIn(locked({}))).toEqual([]);
  const link = { 'node_modules/@ticketing/common': { link: true, resolved: 'common' }, common: {} };
  expect(faultsIn({ packages: link })).toEqual([]);
});
