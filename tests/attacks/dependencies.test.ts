import { root } from '@ticketing/common/testing/servers';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultsIn, type Lockfile } from './dependencies.js';

const integrity = `sha512-${'A'.repeat(86)}==`;
const locked = (more: object) => ({ packages: { 'node_modules/x': { integrity, license: 'MIT', ...more } } });

test('the lockfile has nothing that does not belong there', () => {
  const file = join(root, 'package-lock.json');
  expect(faultsIn(JSON.parse(readFileSync(file, 'utf8')) as Lockfile)).toEqual([]);
});

const faulty: [what: string, lockfile: Lockfile][] = [
  ['without a digest', locked({ integrity: undefined })],
  ['with a weak digest', locked({ integrity: 'sha1-AAAA' })],
  ['from a place without TLS', locked({ resolved: 'http://example.com/x.tgz' })],
  ['from a repository', locked({ resolved: 'git+ssh://git@example.com/x.git#1' })],
  ['that runs a program when it is installed', locked({ hasInstallScript: true })],
  ['under a licence that asks for ours', locked({ license: 'AGPL-3.0-only' })],
  ['under no licence', locked({ license: undefined })],
  [
    'that is a folder elsewhere',
    { packages: { 'node_modules/x': { link: true, resolved: '../elsewhere' } } },
  ],
  ['asked for by address', { packages: { '': { dependencies: { x: 'https://example.com/x.tgz' } } } }],
  ['asked for by repository', { packages: { '': { devDependencies: { x: 'somebody/x' } } } }],
  ['asked for as a folder', { packages: { common: { dependencies: { x: 'file:../x' } } } }],
];
test.each(faulty)('a package %s is found', (_what, lockfile) => {
  expect(faultsIn(lockfile)).toHaveLength(1);
});

test('a sound package, and a workspace, are not', () => {
  expect(faultsIn(locked({}))).toEqual([]);
  const link = { 'node_modules/@ticketing/common': { link: true, resolved: 'common' }, common: {} };
  expect(faultsIn({ packages: link })).toEqual([]);
});
