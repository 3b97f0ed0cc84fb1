import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { affected } from './affected.mjs';

const root = join(import.meta.dirname, '..');
const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const all = affected([]);
const nothing = {
  suites: [],
  journeys: false,
  security: false,
  chaos: false,
  manifests: false,
  images: false,
  cluster: false,
};

test('every workspace is a suite, except tests, which has jobs of its own', () => {
  const others = ['tests'];
  assert.deepEqual(all.suites.toSorted(), workspaces.filter((name) => !others.includes(name)).toSorted());
});

test('a shared file affects every part', () => {
  for (const file of [
    'common/src/money.ts',
    'tools/local/src/start.ts',
    'package.json',
    'package-lock.json',
    'jest.config.cjs',
    'tsconfig.json',
    '.github/workflows/test.yml',
    'something/new.ts',
  ])
    assert.deepEqual(affected(['docs/promises.md', file]), all, file);
});

test('a service affects its own suite and the tests of the whole system', () => {
  assert.deepEqual(affected(['orders/src/domain/order.ts', 'orders/package.json']), {
    ...all,
    suites: ['orders'],
  });
  assert.deepEqual(affected(['payments/src/main.ts', 'auth/src/main.ts']).suites, ['auth', 'payments']);
});

test('the journeys affect the tests that reuse them', () => {
  assert.deepEqual(affected(['tests/journeys/journeys.test.ts']), {
    ...nothing,
    journeys: true,
    security: true,
    chaos: true,
    manifests: true,
    cluster: true,
  });
});

test('documents affect the checks of their links and diagrams; shell blocks also affect the journeys', () => {
  const suites = ['tools/api-docs'];
  for (const file of ['docs/promises.md', 'common/README.md', 'client/README.md', 'tests/cluster/README.md'])
    assert.deepEqual(affected([file]).suites.includes(suites[0]), true, file);
  assert.deepEqual(affected(['docs/promises.md', 'LICENSE']), { ...nothing, suites });
  assert.deepEqual(affected(['README.md']), { ...nothing, suites, journeys: true });
});

test('the API description affects its page, its client and the tests that use it', () => {
  const file = ['docs/api/openapi.json'];
  assert.deepEqual(affected(file), {
    ...nothing,
    suites: ['client', 'auth'],
    journeys: true,
    security: true,
    images: true,
    cluster: true,
  });
  assert.deepEqual(affected(['client/src/client.ts']), {
    ...nothing,
    suites: ['client', 'web'],
    journeys: true,
    images: true,
    cluster: true,
  });
});

test('the shop affects its own suite, the journeys of its buyers, its image and its manifests', () => {
  assert.deepEqual(affected(['web/app/router.tsx', 'web/src/site.ts']), {
    ...nothing,
    suites: ['web'],
    journeys: true,
    manifests: true,
    images: true,
    cluster: true,
  });
  assert.deepEqual(affected(['web/README.md']), { ...nothing, suites: ['tools/api-docs'] });
});

test('manifests affect the cluster and the gateway that reads the ingress', () => {
  assert.deepEqual(affected(['infra/k8s/base/ingress.yaml']), {
    ...all,
    suites: ['tools/local'],
    chaos: false,
    images: false,
  });
  assert.deepEqual(affected(['Dockerfile']), {
    ...nothing,
    manifests: true,
    images: true,
    cluster: true,
  });
  assert.deepEqual(affected(['skaffold.yaml']), { ...nothing, manifests: true });
});

test('prints one step output per line', () => {
  const run = (input, ...args) =>
    execFileSync(process.execPath, [join(root, '.github', 'affected.mjs'), ...args], {
      input,
      encoding: 'utf8',
    });
  assert.equal(
    run('auth/src/with space.ts\0docs/Übersicht.md\0'),
    'suites=["tools/api-docs","auth"]\njourneys=true\nsecurity=true\nchaos=true\nmanifests=true\nimages=true\ncluster=true\n',
  );
  assert.equal(
    run('', '--all'),
    'suites=["common","client","web","tools/local","tools/card-network","tools/ops","tools/api-docs","auth","tickets","orders","expiration","payments","notifications"]\n' +
      'journeys=true\nsecurity=true\nchaos=true\nmanifests=true\nimages=true\ncluster=true\n',
  );
});
